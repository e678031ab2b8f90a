//! Names of RPC's numbers (RFC 5531 section 9; IANA, "Remote Procedure Call (RPC) Program Numbers").

pub(super) const TYPES: &[(u64, &str)] = &[(0, "Call"), (1, "Reply")];

/// Programs that have a name. Payload between other ports is taken for RPC only if it calls one of them.
pub(crate) const PROGRAMS: &[(u64, &str)] = &[
    (100_000, "Portmap"),
    (100_001, "RSTAT"),
    (100_002, "RUSERS"),
    (100_003, "NFS"),
    (100_004, "YPSERV"),
    (100_005, "MOUNT"),
    (100_007, "YPBIND"),
    (100_008, "WALL"),
    (100_009, "YPPASSWD"),
    (100_011, "RQUOTA"),
    (100_012, "SPRAY"),
    (100_017, "REXEC"),
    (100_020, "KLM"),
    (100_021, "NLM"),
    (100_024, "STAT"),
    (100_026, "BOOTPARAMS"),
    (100_028, "YPUPDATE"),
    (100_068, "CMSD"),
    (100_069, "YPXFR"),
    (100_083, "TTDBSERVERD"),
    (100_133, "NSM_ADDR"),
    (100_227, "NFSACL"),
    (100_232, "SADMIND"),
    (100_300, "NIS+"),
    (100_302, "NISPLUS_CB"),
    (100_303, "NISPASSWD"),
    (150_001, "PCNFSD"),
    (200_005, "METAD"),
    (300_019, "AMD"),
    (390_113, "NSREXEC"),
    (395_183, "VXI-11 Core"),
    (395_184, "VXI-11 Async"),
    (395_185, "VXI-11 Intr"),
];

/// IANA, "RPC Authentication Flavor Numbers", and the pseudo-flavors of RFC 2623 section 2.3.
pub(crate) const FLAVORS: &[(u64, &str)] = &[
    (0, "AUTH_NONE"),
    (1, "AUTH_SYS"),
    (2, "AUTH_SHORT"),
    (3, "AUTH_DH"),
    (4, "AUTH_KERB"),
    (5, "AUTH_RSA"),
    (6, "RPCSEC_GSS"),
    (7, "AUTH_TLS"),
    (390_003, "RPCSEC_GSS_KRB5"),
    (390_004, "RPCSEC_GSS_KRB5I"),
    (390_005, "RPCSEC_GSS_KRB5P"),
];

pub(super) const REPLIES: &[(u64, &str)] = &[(0, "MSG_ACCEPTED"), (1, "MSG_DENIED")];

pub(super) const ACCEPTS: &[(u64, &str)] = &[
    (0, "SUCCESS"),
    (1, "PROG_UNAVAIL"),
    (2, "PROG_MISMATCH"),
    (3, "PROC_UNAVAIL"),
    (4, "GARBAGE_ARGS"),
    (5, "SYSTEM_ERR"),
];

pub(super) const REJECTS: &[(u64, &str)] = &[(0, "RPC_MISMATCH"), (1, "AUTH_ERROR")];

/// RFC 5531 section 9; the two last by RFC 2203 section 5.3.3.3.
pub(super) const AUTH_ERRORS: &[(u64, &str)] = &[
    (0, "AUTH_OK"),
    (1, "AUTH_BADCRED"),
    (2, "AUTH_REJECTEDCRED"),
    (3, "AUTH_BADVERF"),
    (4, "AUTH_REJECTEDVERF"),
    (5, "AUTH_TOOWEAK"),
    (6, "AUTH_INVALIDRESP"),
    (7, "AUTH_FAILED"),
    (8, "AUTH_KERB_GENERIC"),
    (9, "AUTH_TIMEEXPIRE"),
    (10, "AUTH_TKT_FILE"),
    (11, "AUTH_DECODE"),
    (12, "AUTH_NET_ADDR"),
    (13, "RPCSEC_GSS_CREDPROBLEM"),
    (14, "RPCSEC_GSS_CTXPROBLEM"),
];

/// RFC 2203 section 5.
pub(super) const GSS_PROCEDURES: &[(u64, &str)] = &[
    (0, "RPCSEC_GSS_DATA"),
    (1, "RPCSEC_GSS_INIT"),
    (2, "RPCSEC_GSS_CONTINUE_INIT"),
    (3, "RPCSEC_GSS_DESTROY"),
];

pub(crate) const GSS_SERVICES: &[(u64, &str)] =
    &[(1, "rpc_gss_svc_none"), (2, "rpc_gss_svc_integrity"), (3, "rpc_gss_svc_privacy")];
