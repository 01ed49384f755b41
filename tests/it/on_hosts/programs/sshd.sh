# sshd takes the file, starts with it, and says what it offers.
mkdir -p /run/sshd
ssh-keygen -A
cp sshd/00-examctl.conf /etc/ssh/sshd_config.d/
/usr/sbin/sshd -t 2>&1 | tee said
[ ! -s said ]
/usr/sbin/sshd -T >effective
for setting in 'passwordauthentication no' 'kbdinteractiveauthentication no' 'x11forwarding no' 'maxauthtries 3' \
    'allowtcpforwarding no' 'authenticationmethods publickey'; do
    grep -qix "$setting" effective
done
# Somebody with a key gets in, under these settings, with the oldest exchange that is left.
[ -s /root/.ssh/id_ed25519 ] || ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519
cp /root/.ssh/id_ed25519.pub /root/.ssh/authorized_keys
port=$(sed -n 's/^Port //p' sshd/00-examctl.conf)
/usr/sbin/sshd -o PidFile=/run/judged-sshd.pid
trap 'kill "$(cat /run/judged-sshd.pid)"' EXIT
login() {
    ssh -o BatchMode=yes -o StrictHostKeyChecking=accept-new -o KexAlgorithms=curve25519-sha256 -p "$port" root@127.0.0.1 id -un
}
if grep -q '^PermitRootLogin no' sshd/00-examctl.conf; then fails login; else [ "$(login)" = root ]; fi
