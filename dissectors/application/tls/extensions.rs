//! Extensions of hellos and of other messages (RFC 8446 section 4.2, RFC 6066, and the RFC named at each).

use super::cursor::Cursor;
use super::handshake::{self, CLIENT_HELLO, SERVER_HELLO};
use super::{names, transport};
use crate::bytes::u16_at;
use crate::field::{Field, Value};
use crate::frame::Timestamp;

fields! {
    LENGTH = Field::u16("tls.handshake.extensions_length", "extensions length").many(),
    EXTENSION = Field::group("nd.tls.extension", "extension"),
    TYPE = Field::u16("tls.handshake.extension.type", "type").names(names::EXTENSIONS).many(),
    LEN = Field::u16("tls.handshake.extension.len", "length").many(),
    DATA = Field::bytes("tls.handshake.extension.data", "data").many(),
    NAMES_LENGTH = Field::u16("tls.handshake.extensions_server_name_list_len", "names length").many(),
    NAME_TYPE = Field::u8("tls.handshake.extensions_server_name_type", "kind of name").names(names::NAME_TYPES).many(),
    NAME_LENGTH = Field::u16("tls.handshake.extensions_server_name_len", "name length").many(),
    NAME = Field::text("tls.handshake.extensions_server_name", "server name").many().key(),
    MAX_FRAGMENT = Field::u8("tls.handshake.max_fragment_length", "longest fragment").names(names::FRAGMENTS).many(),
    STATUS_TYPE = Field::u8("tls.handshake.extensions_status_request_type", "status").names(names::STATUSES).many(),
    RESPONDERS = Field::u16("tls.handshake.extensions_status_request_responder_ids_len", "responders length").many(),
    STATUS_EXTENSIONS = Field::u16("tls.handshake.extensions_status_request_exts_len", "extensions length").many(),
    GROUPS_LENGTH = Field::u16("tls.handshake.extensions_supported_groups_length", "groups length").many(),
    GROUP = Field::u16("tls.handshake.extensions_supported_group", "group").hex().names(names::GROUPS).many(),
    FORMATS_LENGTH = Field::u8("tls.handshake.extensions_ec_point_formats_length", "formats length").many(),
    FORMAT = Field::u8("tls.handshake.extensions_ec_point_format", "format").names(names::POINT_FORMATS).many(),
    SRP_LEN = Field::u8("tls.handshake.extensions_srp_len", "name length").many(),
    SRP_NAME = Field::text("tls.handshake.extensions_srp_username", "user's name").many(),
    ALGORITHMS_LEN = Field::u16("tls.handshake.sig_hash_alg_len", "algorithms length").many(),
    ALGORITHM = Field::u16("tls.handshake.sig_hash_alg", "algorithm").hex().names(names::SIGNATURES).many(),
    ALGORITHM_HASH = Field::u8("tls.handshake.sig_hash_hash", "hash").names(names::HASHES).many(),
    ALGORITHM_SIG = Field::u8("tls.handshake.sig_hash_sig", "signature").names(names::SIGNERS).many(),
    HEARTBEAT_MODE = Field::u8("tls.handshake.extension.heartbeat.mode", "mode").names(names::HEARTBEAT_MODES).many(),
    ALPN_LEN = Field::u16("tls.handshake.extensions_alpn_len", "protocols length").many(),
    ALPN_STR_LEN = Field::u8("tls.handshake.extensions_alpn_str_len", "protocol length").many(),
    ALPN_STR = Field::text("tls.handshake.extensions_alpn_str", "protocol").many().key(),
    ALPS_LEN = Field::u16("tls.handshake.extensions_alps_len", "protocols length").many(),
    ALPS_STR_LEN = Field::u8("tls.handshake.extensions_alps_alpn_str_len", "protocol length").many(),
    ALPS_STR = Field::text("tls.handshake.extensions_alps_alpn_str", "with settings").many(),
    NPN_LEN = Field::u8("tls.handshake.extensions_npn_str_len", "protocol length").many(),
    NPN = Field::text("tls.handshake.extensions_npn", "protocol").many(),
    SCTS_LENGTH = Field::u16("tls.sct.scts_length", "timestamps length").many(),
    SCT_LENGTH = Field::u16("tls.sct.sct_length", "timestamp length").many(),
    SCT_VERSION = Field::u8("tls.sct.sct_version", "version").names(names::SCT_VERSIONS).many(),
    SCT_LOG = Field::bytes("tls.sct.sct_logid", "log").many(),
    SCT_TIME = Field::time("tls.sct.sct_timestamp", "time").many(),
    SCT_EXTENSIONS = Field::u16("tls.sct.sct_extensions_length", "extensions length").many(),
    SCT_SIGNATURE_LENGTH = Field::u16("tls.sct.sct_signature_length", "signature length").many(),
    SCT_SIGNATURE = Field::bytes("tls.sct.sct_signature", "signature").many(),
    CERT_TYPES_LEN = Field::u8("tls.handshake.cert_type.types_len", "types length").many(),
    CERT_TYPE = Field::u8("tls.handshake.cert_type.type", "certificate type").hex().names(names::KEY_TYPES).many(),
    PADDING = Field::bytes("tls.handshake.extensions_padding_data", "padding").many(),
    COMPRESSIONS_LEN = Field::u8("tls.compress_certificate.algorithms_length", "algorithms length").many(),
    COMPRESSION = Field::u16("tls.compress_certificate.algorithm", "algorithm").names(names::CERTIFICATE_COMPRESSIONS).many(),
    SIZE_LIMIT = Field::u16("tls.record_size_limit", "longest record").many(),
    IDENTITIES_LEN = Field::u16("tls.handshake.extensions.psk.identities.length", "identities length").many(),
    IDENTITY_LEN = Field::u16("tls.handshake.extensions.psk.identity.identity_length", "identity length").many(),
    IDENTITY = Field::bytes("tls.handshake.extensions.psk.identity.identity", "identity").many(),
    TICKET_AGE = Field::u32("tls.handshake.extensions.psk.identity.obfuscated_ticket_age", "obfuscated age").many(),
    BINDERS_LEN = Field::u16("tls.handshake.extensions.psk.binders_len", "binders length").many(),
    BINDER_LEN = Field::u8("nd.tls.psk.binder_len", "binder length").many(),
    BINDER = Field::bytes("nd.tls.psk.binder", "binder").many(),
    SELECTED = Field::u16("tls.handshake.extensions.psk.identity.selected", "selected identity").many(),
    EARLY_DATA = Field::u32("tls.early_data.max_early_data_size", "most early data").many(),
    VERSIONS_LEN = Field::u8("tls.handshake.extensions.supported_versions_len", "versions length").many(),
    SUPPORTED_VERSION = Field::u16("tls.handshake.extensions.supported_version", "version").hex().names(names::VERSIONS).many().key(),
    COOKIE_LEN = Field::u16("tls.handshake.extensions.cookie_len", "cookie length").many(),
    COOKIE = Field::bytes("tls.handshake.extensions.cookie", "cookie").many(),
    MODES_LEN = Field::u8("tls.extension.psk_ke_modes_length", "modes length").many(),
    MODE = Field::u8("tls.extension.psk_ke_mode", "mode").names(names::PSK_MODES).many(),
    SHARES_LEN = Field::u16("tls.handshake.extensions_key_share_client_length", "shares length").many(),
    SHARE_GROUP = Field::u16("tls.handshake.extensions_key_share_group", "group").names(names::GROUPS).many(),
    SHARE_LEN = Field::u16("tls.handshake.extensions_key_share_key_exchange_length", "key length").many(),
    SHARE = Field::bytes("tls.handshake.extensions_key_share_key_exchange", "key").many(),
    SELECTED_GROUP = Field::u16("tls.handshake.extensions_key_share_selected_group", "selected group").names(names::GROUPS).many(),
    RENEGOTIATION_LEN = Field::u8("tls.handshake.extensions_reneg_info_len", "length").many(),
    RENEGOTIATION = Field::bytes("tls.handshake.extensions_reneg_info", "renegotiation").many(),
    CONNECTION_ID_LEN = Field::u8("tls.connection_id_length", "id length").many(),
    CONNECTION_ID = Field::bytes("tls.connection_id", "connection id").many(),
}

/// Types (IANA registry "TLS ExtensionType Values").
pub(super) const SERVER_NAME: u16 = 0;
const MAX_FRAGMENT_LENGTH: u16 = 1;
const STATUS_REQUEST: u16 = 5;
pub(super) const SUPPORTED_GROUPS: u16 = 10;
pub(super) const EC_POINT_FORMATS: u16 = 11;
const SRP: u16 = 12;
pub(super) const SIGNATURE_ALGORITHMS: u16 = 13;
const HEARTBEAT: u16 = 15;
pub(super) const ALPN: u16 = 16;
const SIGNED_TIMESTAMP: u16 = 18;
const CLIENT_CERTIFICATE_TYPE: u16 = 19;
const SERVER_CERTIFICATE_TYPE: u16 = 20;
const PADDING_TYPE: u16 = 21;
pub(super) const ENCRYPT_THEN_MAC: u16 = 22;
const EXTENDED_MASTER_SECRET: u16 = 23;
const COMPRESS_CERTIFICATE: u16 = 27;
const RECORD_SIZE_LIMIT: u16 = 28;
const DELEGATED_CREDENTIALS: u16 = 34;
const OLD_KEY_SHARE: u16 = 40;
const PRE_SHARED_KEY: u16 = 41;
pub(super) const EARLY_DATA_TYPE: u16 = 42;
pub(super) const SUPPORTED_VERSIONS: u16 = 43;
const COOKIE_TYPE: u16 = 44;
const PSK_MODES: u16 = 45;
const CERTIFICATE_AUTHORITIES: u16 = 47;
const POST_HANDSHAKE_AUTH: u16 = 49;
const ALGORITHMS_CERT: u16 = 50;
const KEY_SHARE: u16 = 51;
const CONNECTION_ID_TYPE: u16 = 54;
const NEXT_PROTOCOL: u16 = 13172;
const APPLICATION_SETTINGS: u16 = 17513;
const QUIC_PARAMETERS: u16 = 57;
const QUIC_PARAMETERS_OF_DRAFTS: u16 = 65445;
const RENEGOTIATION_INFO: u16 = 65281;

/// Bytes of the name of a log (RFC 6962 section 3.2).
const LOG_LEN: usize = 32;

/// In which message extensions stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Its type.
    pub(super) kind: u8,
    /// It asks for another hello.
    pub(super) retry: bool,
}

/// All extensions of a message, their length before them.
pub(super) fn list(c: &mut Cursor<'_, '_, '_>, place: Place) -> Option<()> {
    let len = c.u16(&LENGTH)?;
    c.part(len.into(), |c| c.each(|c| one(c, place)));
    Some(())
}

fn one(c: &mut Cursor<'_, '_, '_>, place: Place) -> Option<()> {
    let len = usize::from(u16_at(c.rest(), 2)?);
    let at = c.at..c.at.saturating_add(4).saturating_add(len).min(c.end);
    c.walk.open(&EXTENSION, at, Value::None)?;
    let kind = c.u16(&TYPE)?;
    c.u16(&LEN)?;
    c.part(len, |c| data(c, kind, place));
    c.walk.close();
    Some(())
}

fn data(c: &mut Cursor<'_, '_, '_>, kind: u16, place: Place) -> Option<()> {
    let from_client = place.kind == CLIENT_HELLO;
    match kind {
        SERVER_NAME if c.left() > 0 => server_name(c),
        SERVER_NAME | ENCRYPT_THEN_MAC | EXTENDED_MASTER_SECRET | POST_HANDSHAKE_AUTH => Some(()),
        MAX_FRAGMENT_LENGTH => c.u8(&MAX_FRAGMENT).map(|_| ()),
        STATUS_REQUEST if from_client => {
            c.u8(&STATUS_TYPE)?;
            let len = c.u16(&RESPONDERS)?;
            c.take(len.into())?;
            let len = c.u16(&STATUS_EXTENSIONS)?;
            c.take(len.into()).map(|_| ())
        }
        STATUS_REQUEST if c.left() > 0 => handshake::status(c),
        STATUS_REQUEST => Some(()),
        SUPPORTED_GROUPS => {
            let len = c.u16(&GROUPS_LENGTH)?;
            c.part(len.into(), |c| c.each(|c| c.u16(&GROUP).map(|_| ())));
            Some(())
        }
        EC_POINT_FORMATS => {
            let len = c.u8(&FORMATS_LENGTH)?;
            c.part(len.into(), |c| c.each(|c| c.u8(&FORMAT).map(|_| ())));
            Some(())
        }
        SRP => {
            let len = c.u8(&SRP_LEN)?;
            c.text(&SRP_NAME, len.into())
        }
        SIGNATURE_ALGORITHMS | ALGORITHMS_CERT | DELEGATED_CREDENTIALS => signature_algorithms(c),
        HEARTBEAT => c.u8(&HEARTBEAT_MODE).map(|_| ()),
        ALPN => protocols(c, [&ALPN_LEN, &ALPN_STR_LEN, &ALPN_STR]),
        APPLICATION_SETTINGS => protocols(c, [&ALPS_LEN, &ALPS_STR_LEN, &ALPS_STR]),
        NEXT_PROTOCOL => c.each(|c| {
            let len = c.u8(&NPN_LEN)?;
            c.text(&NPN, len.into())
        }),
        SIGNED_TIMESTAMP if c.left() > 0 => timestamps(c),
        SIGNED_TIMESTAMP => Some(()),
        CLIENT_CERTIFICATE_TYPE | SERVER_CERTIFICATE_TYPE => {
            if !from_client {
                return c.u8(&CERT_TYPE).map(|_| ());
            }
            let len = c.u8(&CERT_TYPES_LEN)?;
            c.part(len.into(), |c| c.each(|c| c.u8(&CERT_TYPE).map(|_| ())));
            Some(())
        }
        PADDING_TYPE => {
            let len = c.left();
            c.bytes(&PADDING, len).map(|_| ())
        }
        COMPRESS_CERTIFICATE => {
            let len = c.u8(&COMPRESSIONS_LEN)?;
            c.part(len.into(), |c| c.each(|c| c.u16(&COMPRESSION).map(|_| ())));
            Some(())
        }
        RECORD_SIZE_LIMIT => c.u16(&SIZE_LIMIT).map(|_| ()),
        PRE_SHARED_KEY => pre_shared_key(c, place),
        EARLY_DATA_TYPE if c.left() > 0 => c.u32(&EARLY_DATA).map(|_| ()),
        EARLY_DATA_TYPE => Some(()),
        SUPPORTED_VERSIONS if from_client => {
            let len = c.u8(&VERSIONS_LEN)?;
            c.part(len.into(), |c| c.each(|c| c.u16(&SUPPORTED_VERSION).map(|_| ())));
            Some(())
        }
        SUPPORTED_VERSIONS => c.u16(&SUPPORTED_VERSION).map(|_| ()),
        COOKIE_TYPE => c.opaque16(&COOKIE_LEN, &COOKIE),
        PSK_MODES => {
            let len = c.u8(&MODES_LEN)?;
            c.part(len.into(), |c| c.each(|c| c.u8(&MODE).map(|_| ())));
            Some(())
        }
        CERTIFICATE_AUTHORITIES => handshake::authorities(c),
        KEY_SHARE | OLD_KEY_SHARE => key_share(c, place),
        CONNECTION_ID_TYPE => {
            let len = c.u8(&CONNECTION_ID_LEN)?;
            c.bytes(&CONNECTION_ID, len.into()).map(|_| ())
        }
        QUIC_PARAMETERS => transport::parameters(c),
        QUIC_PARAMETERS_OF_DRAFTS if transport::are_parameters(c.rest()) => transport::parameters(c),
        RENEGOTIATION_INFO => c.opaque8(&RENEGOTIATION_LEN, &RENEGOTIATION),
        _ => {
            let len = c.left();
            c.bytes(&DATA, len).map(|_| ())
        }
    }
}

fn server_name(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let len = c.u16(&NAMES_LENGTH)?;
    c.part(len.into(), |c| {
        c.each(|c| {
            c.u8(&NAME_TYPE)?;
            let len = c.u16(&NAME_LENGTH)?;
            c.text(&NAME, len.into())
        })
    });
    Some(())
}

/// Protocols by name (RFC 7301 section 3.1).
fn protocols(c: &mut Cursor<'_, '_, '_>, [all, one, name]: [&'static Field; 3]) -> Option<()> {
    let len = c.u16(all)?;
    c.part(len.into(), |c| {
        c.each(|c| {
            let len = c.u8(one)?;
            c.text(name, len.into())
        })
    });
    Some(())
}

/// Signature algorithms, their length before them.
pub(super) fn signature_algorithms(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let len = c.u16(&ALGORITHMS_LEN)?;
    c.part(len.into(), |c| c.each(signature_algorithm));
    Some(())
}

/// One signature algorithm; before TLS 1.3 its bytes were hash and signature (RFC 5246 section 7.4.1.4.1).
pub(super) fn signature_algorithm(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let at = c.at;
    let [hash, signature] = c.u16(&ALGORITHM)?.to_be_bytes();
    let middle = at.saturating_add(1);
    c.walk.uint(&ALGORITHM_HASH, at..middle, hash)?;
    c.walk.uint(&ALGORITHM_SIG, middle..c.at, signature)
}

/// Signed certificate timestamps (RFC 6962 section 3.3).
pub(super) fn timestamps(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    let len = c.u16(&SCTS_LENGTH)?;
    c.part(len.into(), |c| {
        c.each(|c| {
            let len = c.u16(&SCT_LENGTH)?;
            c.part(len.into(), |c| {
                c.u8(&SCT_VERSION)?;
                c.bytes(&SCT_LOG, LOG_LEN)?;
                let millis = crate::bytes::u64_at(c.rest(), 0)?;
                let at = c.take(8)?;
                let nanos = (millis % 1_000).saturating_mul(1_000_000);
                let time = Timestamp::new(i64::try_from(millis / 1_000).ok()?, nanos);
                c.walk.emit(&SCT_TIME, at, Value::Time(time))?;
                let len = c.u16(&SCT_EXTENSIONS)?;
                c.take(len.into())?;
                signature_algorithm(c)?;
                c.opaque16(&SCT_SIGNATURE_LENGTH, &SCT_SIGNATURE)
            });
            Some(())
        })
    });
    Some(())
}

/// Pre-shared keys (RFC 8446 section 4.2.11).
fn pre_shared_key(c: &mut Cursor<'_, '_, '_>, place: Place) -> Option<()> {
    if place.kind == SERVER_HELLO {
        return c.u16(&SELECTED).map(|_| ());
    }
    let len = c.u16(&IDENTITIES_LEN)?;
    c.part(len.into(), |c| {
        c.each(|c| {
            c.opaque16(&IDENTITY_LEN, &IDENTITY)?;
            c.u32(&TICKET_AGE).map(|_| ())
        })
    });
    let len = c.u16(&BINDERS_LEN)?;
    c.part(len.into(), |c| c.each(|c| c.opaque8(&BINDER_LEN, &BINDER)));
    Some(())
}

/// Key shares (RFC 8446 section 4.2.8).
fn key_share(c: &mut Cursor<'_, '_, '_>, place: Place) -> Option<()> {
    if place.retry {
        return c.u16(&SELECTED_GROUP).map(|_| ());
    }
    if place.kind != CLIENT_HELLO {
        return share(c);
    }
    let len = c.u16(&SHARES_LEN)?;
    c.part(len.into(), |c| c.each(share));
    Some(())
}

fn share(c: &mut Cursor<'_, '_, '_>) -> Option<()> {
    c.u16(&SHARE_GROUP)?;
    c.opaque16(&SHARE_LEN, &SHARE)
}
