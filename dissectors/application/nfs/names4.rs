//! Names of version 4's numbers (RFC 7530; of sessions RFC 8881).

pub(super) const PROCEDURES: &[(u64, &str)] = &[(0, "NULL"), (1, "COMPOUND")];

/// RFC 7530 section 16 and RFC 8881 section 18.
pub(super) const OPERATIONS: &[(u64, &str)] = &[
    (3, "ACCESS"),
    (4, "CLOSE"),
    (5, "COMMIT"),
    (6, "CREATE"),
    (7, "DELEGPURGE"),
    (8, "DELEGRETURN"),
    (9, "GETATTR"),
    (10, "GETFH"),
    (11, "LINK"),
    (12, "LOCK"),
    (13, "LOCKT"),
    (14, "LOCKU"),
    (15, "LOOKUP"),
    (16, "LOOKUPP"),
    (17, "NVERIFY"),
    (18, "OPEN"),
    (19, "OPENATTR"),
    (20, "OPEN_CONFIRM"),
    (21, "OPEN_DOWNGRADE"),
    (22, "PUTFH"),
    (23, "PUTPUBFH"),
    (24, "PUTROOTFH"),
    (25, "READ"),
    (26, "READDIR"),
    (27, "READLINK"),
    (28, "REMOVE"),
    (29, "RENAME"),
    (30, "RENEW"),
    (31, "RESTOREFH"),
    (32, "SAVEFH"),
    (33, "SECINFO"),
    (34, "SETATTR"),
    (35, "SETCLIENTID"),
    (36, "SETCLIENTID_CONFIRM"),
    (37, "VERIFY"),
    (38, "WRITE"),
    (39, "RELEASE_LOCKOWNER"),
    (40, "BACKCHANNEL_CTL"),
    (41, "BIND_CONN_TO_SESSION"),
    (42, "EXCHANGE_ID"),
    (43, "CREATE_SESSION"),
    (44, "DESTROY_SESSION"),
    (45, "FREE_STATEID"),
    (46, "GET_DIR_DELEGATION"),
    (47, "GETDEVICEINFO"),
    (48, "GETDEVICELIST"),
    (49, "LAYOUTCOMMIT"),
    (50, "LAYOUTGET"),
    (51, "LAYOUTRETURN"),
    (52, "SECINFO_NO_NAME"),
    (53, "SEQUENCE"),
    (54, "SET_SSV"),
    (55, "TEST_STATEID"),
    (56, "WANT_DELEGATION"),
    (57, "DESTROY_CLIENTID"),
    (58, "RECLAIM_COMPLETE"),
    (59, "ALLOCATE"),
    (60, "COPY"),
    (61, "COPY_NOTIFY"),
    (62, "DEALLOCATE"),
    (63, "IO_ADVISE"),
    (64, "LAYOUTERROR"),
    (65, "LAYOUTSTATS"),
    (66, "OFFLOAD_CANCEL"),
    (67, "OFFLOAD_STATUS"),
    (68, "READ_PLUS"),
    (69, "SEEK"),
    (70, "WRITE_SAME"),
    (71, "CLONE"),
    (10_044, "ILLEGAL"),
];

/// RFC 7530 section 5, by section 5.6's table.
pub(super) const ATTRIBUTES: &[(u64, &str)] = &[
    (0, "supported_attrs"),
    (1, "type"),
    (2, "fh_expire_type"),
    (3, "change"),
    (4, "size"),
    (5, "link_support"),
    (6, "symlink_support"),
    (7, "named_attr"),
    (8, "fsid"),
    (9, "unique_handles"),
    (10, "lease_time"),
    (11, "rdattr_error"),
    (12, "acl"),
    (13, "aclsupport"),
    (14, "archive"),
    (15, "cansettime"),
    (16, "case_insensitive"),
    (17, "case_preserving"),
    (18, "chown_restricted"),
    (19, "filehandle"),
    (20, "fileid"),
    (21, "files_avail"),
    (22, "files_free"),
    (23, "files_total"),
    (24, "fs_locations"),
    (25, "hidden"),
    (26, "homogeneous"),
    (27, "maxfilesize"),
    (28, "maxlink"),
    (29, "maxname"),
    (30, "maxread"),
    (31, "maxwrite"),
    (32, "mimetype"),
    (33, "mode"),
    (34, "no_trunc"),
    (35, "numlinks"),
    (36, "owner"),
    (37, "owner_group"),
    (38, "quota_avail_hard"),
    (39, "quota_avail_soft"),
    (40, "quota_used"),
    (41, "rawdev"),
    (42, "space_avail"),
    (43, "space_free"),
    (44, "space_total"),
    (45, "space_used"),
    (46, "system"),
    (47, "time_access"),
    (48, "time_access_set"),
    (49, "time_backup"),
    (50, "time_create"),
    (51, "time_delta"),
    (52, "time_metadata"),
    (53, "time_modify"),
    (54, "time_modify_set"),
    (55, "mounted_on_fileid"),
    (75, "suppattr_exclcreat"),
];

/// RFC 7530 section 16.10, `nfs_lock_type4`.
pub(super) const LOCKS: &[(u64, &str)] =
    &[(1, "READ"), (2, "WRITE"), (3, "READ, blocking"), (4, "WRITE, blocking")];

/// RFC 7530 section 16.16, `share_access` and `share_deny`.
pub(super) const SHARES: &[(u64, &str)] = &[(0, "none"), (1, "READ"), (2, "WRITE"), (3, "BOTH")];

pub(super) const OPENS: &[(u64, &str)] = &[(0, "OPEN4_NOCREATE"), (1, "OPEN4_CREATE")];

/// RFC 7530 section 16.16, and RFC 8881 section 18.16 from 4 on.
pub(super) const CLAIMS: &[(u64, &str)] = &[
    (0, "CLAIM_NULL"),
    (1, "CLAIM_PREVIOUS"),
    (2, "CLAIM_DELEGATE_CUR"),
    (3, "CLAIM_DELEGATE_PREV"),
    (4, "CLAIM_FH"),
    (5, "CLAIM_DELEG_CUR_FH"),
    (6, "CLAIM_DELEG_PREV_FH"),
];

pub(super) const DELEGATIONS: &[(u64, &str)] = &[
    (0, "OPEN_DELEGATE_NONE"),
    (1, "OPEN_DELEGATE_READ"),
    (2, "OPEN_DELEGATE_WRITE"),
    (3, "OPEN_DELEGATE_NONE_EXT"),
];

/// RFC 7530 section 16.16, `createmode4`; the last by RFC 8881.
pub(super) const CREATES: &[(u64, &str)] =
    &[(0, "UNCHECKED4"), (1, "GUARDED4"), (2, "EXCLUSIVE4"), (3, "EXCLUSIVE4_1")];

/// RFC 7530 section 6.2.1.1.
pub(super) const ACES: &[(u64, &str)] = &[(0, "ALLOW"), (1, "DENY"), (2, "AUDIT"), (3, "ALARM")];
