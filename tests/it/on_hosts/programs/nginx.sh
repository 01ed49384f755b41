# nginx takes the files, starts with them, and answers as the site promises.
mkdir -p /etc/nginx/exam /etc/exam-service/tls
cp nginx/nginx.conf /etc/nginx/nginx.conf
cp nginx/headers.inc nginx/proxy.inc /etc/nginx/exam/
rm -f /etc/nginx/sites-enabled/*
cp nginx/exam-site.conf /etc/nginx/sites-enabled/
[ -s /etc/exam-service/tls/exam.key ] ||
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=exam.example.org \
        -keyout /etc/exam-service/tls/exam.key -out /etc/exam-service/tls/exam.crt
nginx -t 2>&1 | tee said
fails grep -q 'warn\|emerg' said

nginx
trap 'nginx -s stop' EXIT
if grep -q 'listen 443' nginx/exam-site.conf; then scheme=https; else scheme=http; fi
ask() {
    curl --silent --show-error --insecure --resolve '*:80:127.0.0.1' --resolve '*:443:127.0.0.1' "$@"
}
site=$scheme://exam.example.org

# Both colours are down: nginx says so itself, in full.
ask --include $site/api/v1/me >answer
grep -q '^HTTP/[12.]* 502' answer
grep -qi '^retry-after: 1' answer
grep -qi '^content-type: application/problem+json' answer
grep -q '"type":"/problems/unavailable"' answer
for header in content-security-policy x-content-type-options x-frame-options referrer-policy \
    cross-origin-opener-policy permissions-policy; do
    [ "$(grep -ci "^$header:" answer)" -eq 1 ]
done
if grep -q Strict-Transport nginx/headers.inc; then grep -qi '^strict-transport-security: max-age' answer; fi
[ "$(ask --output answer --write-out '%{http_code}' $site/metrics)" = 404 ]
head -c 3000000 /dev/zero >large
[ "$(ask --output answer --write-out '%{http_code}' --data-binary @large $site/api/v1/me)" = 413 ]

if [ $scheme = https ]; then
    [ "$(ask --output answer --write-out '%{http_version}' --http2 $site/)" = 2 ]
    [ "$(ask --output answer --write-out '%{http_code} %{redirect_url}' http://exam.example.org/x)" = "308 https://exam.example.org/x" ]
    # Who deploys asks on the host itself, without a certificate.
    [ "$(ask --output answer --write-out '%{http_code}' http://exam.example.org/health/readiness)" = 502 ]
    if grep -q 'listen 443.*default_server' nginx/exam-site.conf; then
        fails ask --output answer https://other.example.org/
        [ "$(ask --output answer --write-out '%{http_code}' http://other.example.org/)" = 421 ]
    fi
    fails ask --output answer --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0 $site/
fi

# 500 students behind one address sign in and save; one that asks too often is slowed down.
requests() { # COUNT PATH TOKEN: how many of them were refused; `N` stands for the number of the request
    for number in $(seq $1); do
        [ "$number" -eq 1 ] || echo next
        printf '%s\n' insecure 'resolve = "*:443:127.0.0.1"' 'resolve = "*:80:127.0.0.1"' "url = \"$site$2\"" \
            "${3:+header = \"Authorization: Bearer $head.${3/N/$number}\"}" 'output = "/dev/null"' 'write-out = "%{http_code}\n"'
    done >requests
    curl --silent --parallel --parallel-max 50 --config requests >statuses
    [ "$(wc -l <statuses)" -eq $1 ]
    awk '$1 == 429 {n++} END {print n + 0}' statuses
}
set +x
# As long as a real one.
head=$(printf '%0250d' 0)
[ "$(requests 500 /api/v1/attempts/1/answers signature-of-student-N)" -eq 0 ]
[ "$(requests 500 /api/v1/auth/login '')" -eq 0 ]
# A token has 100 requests at once and 20 more in each second, however long this machine takes.
started=$SECONDS
refused=$(requests 2000 /api/v1/attempts/1/answers signature-of-the-abuser)
[ "$refused" -ge $((2000 - 100 - 20 * (SECONDS - started + 2))) ]
[ "$refused" -gt 0 ]
set -x

# What was asked is written down, who asked with which token is not.
for ((tries = 0; tries < 50; tries++)); do
    grep -q '"uri":"/api/v1/attempts/1/answers","status":' /var/log/nginx/exam-access.log && break
    sleep 0.2
done
grep -q '"uri":"/api/v1/attempts/1/answers","status":' /var/log/nginx/exam-access.log
sleep 1.5
fails grep -q 'student-1\|abuser' /var/log/nginx/exam-access.log
# What a token is counted by is not too long for it.
[ -e /var/log/nginx/exam-error.log ]
fails grep 'more than' /var/log/nginx/exam-error.log
