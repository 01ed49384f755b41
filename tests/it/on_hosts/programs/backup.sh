# backup SUFFIX: three runs leave the two newest copies, readable by root alone; a failure is loud and costs no copy.
backup() {
    script=exam-service/backup.sh
    fails bash "$script" 2>said
    grep -q 'does not exist' said
    install -d -m 0755 /var/backups/exam-service
    fails bash "$script" 2>said
    grep -q 'mode 0700' said
    chmod 0700 /var/backups/exam-service
    for _ in 1 2 3; do
        bash "$script"
        sleep 1.1
    done
    [ "$(find /var/backups/exam-service -name "exam-*.$1" | wc -l)" -eq 2 ]
    [ -z "$(find /var/backups/exam-service -type f -perm /077)" ]
    newest=$(find /var/backups/exam-service -name "exam-*.$1" | sort | tail -n 1)
    # The database is called something else: nothing to copy.
    sed 's/ exam\b\( |\|$\| >\)/ absent\1/; s/exam\.db$/absent.db/' "$script" >broken.sh
    fails cmp -s "$script" broken.sh
    fails bash broken.sh 2>said
    grep -q '^exam-backup: ' said
    [ "$(find /var/backups/exam-service -name "exam-*.$1" | wc -l)" -eq 2 ]
}
