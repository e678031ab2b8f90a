//! Options of EDNS, in the data of an OPT record (RFC 6891 section 6.1.2).

use super::records::Data;
use super::tables;
use crate::bytes;
use crate::field::{Field, Value};

fields! {
    OPTION = Field::group("dns.opt", "option"),
    CODE = Field::u16("dns.opt.code", "option code").names(tables::OPTIONS).many(),
    LEN = Field::u16("dns.opt.len", "option length").many(),
    DATA = Field::bytes("dns.opt.data", "option data").many(),
    DAU = Field::u8("dns.opt.dau", "algorithm understood").names(tables::ALGORITHMS).many(),
    DHU = Field::u8("dns.opt.dhu", "DS hash understood").names(tables::DIGESTS).many(),
    N3U = Field::u8("dns.opt.n3u", "NSEC3 hash understood").names(tables::NSEC3_HASHES).many(),
    CLIENT_FAMILY = Field::u16("dns.opt.client.family", "address family").names(tables::FAMILIES).many(),
    CLIENT_NETMASK = Field::u8("dns.opt.client.netmask", "source prefix length").many(),
    CLIENT_SCOPE = Field::u8("dns.opt.client.scope", "scope prefix length").many(),
    CLIENT_ADDR4 = Field::ipv4("dns.opt.client.addr4", "client subnet").many(),
    CLIENT_ADDR6 = Field::ipv6("dns.opt.client.addr6", "client subnet").many(),
    CLIENT_ADDR = Field::bytes("dns.opt.client.addr", "client subnet").many(),
    COOKIE_CLIENT = Field::bytes("dns.opt.cookie.client", "client cookie").many(),
    COOKIE_SERVER = Field::bytes("dns.opt.cookie.server", "server cookie").many(),
    KEEPALIVE = Field::u16("dns.opt.edns_tcp_keepalive.timeout", "idle timeout in 100 ms").many(),
    PADDING = Field::bytes("dns.opt.padding", "padding").many(),
    CHAIN = Field::text("dns.opt.chain.fqdn", "closest trust point, as sent").many(),
    CHAIN_NAME = Field::name("nd.dns.opt.chain.name", "closest trust point").many(),
    ERROR_CODE =
        Field::u16("dns.opt.ext_error.info_code", "error code").names(tables::EXTENDED_ERRORS).many(),
    ERROR_TEXT = Field::text("dns.opt.ext_error.extra_text", "error text").many(),
}

/// Bytes of a client's cookie (RFC 7873 section 4).
const CLIENT_COOKIE: usize = 8;

/// Emits every option.
pub(super) fn options(data: &mut Data<'_, '_, '_>) -> Option<()> {
    while data.left() > 0 {
        let len = usize::from(bytes::u16_at(data.message.data, data.at.checked_add(2)?)?);
        let value = data.at.checked_add(4)?;
        let end = value.checked_add(len)?;
        data.walk.open(&OPTION, data.at..end, Value::None)?;
        let code = data.number(&CODE)?;
        data.number(&LEN)?;
        if end > data.end {
            return None;
        }
        data.walk.bytes(&DATA, value, len)?;
        let outer = core::mem::replace(&mut data.end, end);
        let done = option(data, code);
        data.end = outer;
        data.at = end;
        data.walk.close();
        done?;
    }
    Some(())
}

/// The parts of one option (RFC 6975, 7828, 7830, 7871, 7873, 7901, 8914).
fn option(data: &mut Data<'_, '_, '_>, code: u32) -> Option<()> {
    let each = match code {
        5 => Some(&DAU),
        6 => Some(&DHU),
        7 => Some(&N3U),
        _ => None,
    };
    if let Some(field) = each {
        while data.left() > 0 {
            data.number(field)?;
        }
    }
    match code {
        8 => {
            let family = data.number(&CLIENT_FAMILY)?;
            data.number(&CLIENT_NETMASK)?;
            data.number(&CLIENT_SCOPE)?;
            data.prefix(family, data.left(), [&CLIENT_ADDR4, &CLIENT_ADDR6, &CLIENT_ADDR])
        }
        10 => {
            data.bytes(&COOKIE_CLIENT, CLIENT_COOKIE)?;
            data.bytes(&COOKIE_SERVER, data.left())
        }
        11 if data.left() == 2 => data.number(&KEEPALIVE).map(|_| ()),
        12 => data.bytes(&PADDING, data.left()),
        13 => {
            let here = data.at..data.end;
            let text = data.message.data.get(here.clone())?;
            let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
            data.walk.emit(&CHAIN, here.clone(), Value::Text(text))?;
            // What reaches beyond the option, or is no name, stays as it was sent.
            match super::name::read(data.message, here.start) {
                Ok(name) if name.end <= here.end && name.flaw.is_none() => {
                    data.walk.format(&CHAIN_NAME, here, format_args!("{name}"))
                }
                _ => Some(()),
            }
        }
        15 => {
            data.number(&ERROR_CODE)?;
            data.rest(&ERROR_TEXT)
        }
        _ => Some(()),
    }
}
