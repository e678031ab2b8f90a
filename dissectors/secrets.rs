//! What the user knows and no capture tells: secrets that open what was protected.

use crate::application::tls::keys::KeyLog;

/// Secrets by protocol; dissectors only read them ([`crate::Context::secrets`]).
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// Those of TLS sessions.
    pub tls: KeyLog,
}
