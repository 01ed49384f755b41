//! What `exam-service serve --help` says of settings.

/// Every setting with its default.
pub(crate) const HELP: &str = "\
Settings (environment variables; the file of --env-file holds the same, and the environment wins):

  Needed
    APP_ENV                         production (default), staging, development or demo
    APP_URL                         what students type: https://exam.example.edu (in production)
    DATABASE_URL                    where everything is kept
    JWT_SECRET, JWT_SECRET_FILE     signs access tokens; one of the two, 32 bytes or more

  Where it listens
    EXAM_LISTEN                     public address [127.0.0.1:8080]
    EXAM_ADMIN_LISTEN               unix:/path/to.sock or 127.0.0.1:PORT [none]
    EXAM_COLOUR, EXAM_ACTIVE_FILE   which of two instances this is, and the file that names the active one
    EXAM_DRAIN_SECONDS              how long a drain waits for requests [30]
    EXAM_MAINTENANCE_FILE           its presence means maintenance [beside the database]

  What it lets in
    EXAM_TRUSTED_PROXIES            whose X-Forwarded-For is believed [127.0.0.0/8,::1]
    EXAM_CORS_ORIGINS               other pages that may use the interface, with commas between [none]
    EXAM_PAGES_DIRECTORY            in development: where pages are read from at each load [compiled in]
    EXAM_ADDRESS_LOGINS_PER_MINUTE  logins from one address; a wrong password counts ten times [6000]
    EXAM_ACCOUNT_WRITES_PER_MINUTE  changes by one account [1200]
    EXAM_ADDRESS_WRITES_PER_MINUTE  changes from one address, behind which a whole campus may be [300000]

  How much it does at a time
    EXAM_SAVE_QUEUE                 saves that may wait [8192]
    EXAM_SAVE_BATCH                 saves of one transaction [512]
    EXAM_HASH_CONCURRENCY           passwords hashed at a time [as many as cores, at most 16]

  What it sends
    SMTP_URL                        the mail server: smtps://USER:PASSWORD@HOST, smtp://HOST?tls=required [no mail]
    MAIL_FROM                       who sends it: Exam office <exams@example.edu>
    EXAM_WORKER                     on (default) or off: whether serve does the jobs itself, or a worker beside it

  What it writes
    EXAM_LOG_FORMAT                 json (default) or text; to standard error
    RUST_LOG                        how much [info]
    EXAM_SECURITY_LOG               logins and refusals as JSON lines: stdout (default) or a file
    SENTRY_DSN                      where faults are reported, without anything about people [nowhere]
";
