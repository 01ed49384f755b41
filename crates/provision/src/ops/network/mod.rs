//! What listens, and who may reach it.

mod certbot;
mod certificate_fields;
mod certificate_scripts;
mod certificate_state;
pub(crate) mod fail2ban_jail;
pub(crate) mod firewall;
mod nftables;
pub(crate) mod nginx_site;
mod rules;
pub(crate) mod tls_certificate;
mod ufw;
