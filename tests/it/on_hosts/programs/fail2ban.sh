# fail2ban takes the files, starts its jails with them, and finds what it shall find.
cp fail2ban/exam.local /etc/fail2ban/jail.local
cp fail2ban/exam-login.conf /etc/fail2ban/filter.d/exam-login.conf
: >/var/log/nginx/exam-access.log
install -d /run/fail2ban /var/log/journal
fail2ban-client -t
entry() {
    printf '{"time":"%s","remote_addr":"%s","method":"POST","uri":"/api/v1/auth/login","status":%s,"bytes":1}\n' \
        "$(date +%Y-%m-%dT%H:%M:%S%:z)" "$1" "$2"
}
failures=$(sed -n '/^\[exam-login\]/,$s/^maxretry = //p' fail2ban/exam.local)
fail2ban-server -b --logtarget "$PWD/fail2ban.log" start
trap 'fail2ban-client stop >/dev/null' EXIT
for _ in $(seq 50); do fail2ban-client status exam-login >/dev/null 2>&1 && break || sleep 0.2; done
# The check above says OK even where a jail does not start.
fail2ban-client status sshd >/dev/null
for _ in $(seq "$failures"); do
    entry 203.0.113.9 401
    entry 203.0.113.10 429
    entry 198.51.100.7 401
done >>/var/log/nginx/exam-access.log
for _ in $(seq 100); do fail2ban-client status exam-login | grep -q 'Currently banned:.*[1-9]' && break || sleep 0.2; done
fail2ban-client status exam-login | tee said
grep -q '203.0.113.9' said
fails grep -q '203.0.113.10' said
# A campus is never shut out.
if grep -q '198.51.100.0/24' fail2ban/exam.local; then fails grep -q '198.51.100.7' said; fi
