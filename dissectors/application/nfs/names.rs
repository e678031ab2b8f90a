//! Names of NFS's numbers (RFC 1094, RFC 1813, RFC 7530).

/// RFC 1094 section 2.2.
pub(super) const PROCEDURES_2: &[(u64, &str)] = &[
    (0, "NULL"),
    (1, "GETATTR"),
    (2, "SETATTR"),
    (3, "ROOT"),
    (4, "LOOKUP"),
    (5, "READLINK"),
    (6, "READ"),
    (7, "WRITECACHE"),
    (8, "WRITE"),
    (9, "CREATE"),
    (10, "REMOVE"),
    (11, "RENAME"),
    (12, "LINK"),
    (13, "SYMLINK"),
    (14, "MKDIR"),
    (15, "RMDIR"),
    (16, "READDIR"),
    (17, "STATFS"),
];

/// RFC 1813 section 3.3.
pub(super) const PROCEDURES_3: &[(u64, &str)] = &[
    (0, "NULL"),
    (1, "GETATTR"),
    (2, "SETATTR"),
    (3, "LOOKUP"),
    (4, "ACCESS"),
    (5, "READLINK"),
    (6, "READ"),
    (7, "WRITE"),
    (8, "CREATE"),
    (9, "MKDIR"),
    (10, "SYMLINK"),
    (11, "MKNOD"),
    (12, "REMOVE"),
    (13, "RMDIR"),
    (14, "RENAME"),
    (15, "LINK"),
    (16, "READDIR"),
    (17, "READDIRPLUS"),
    (18, "FSSTAT"),
    (19, "FSINFO"),
    (20, "PATHCONF"),
    (21, "COMMIT"),
];

/// RFC 1094 section 2.3.1, RFC 1813 section 2.6 and RFC 7530 section 13.1: one space of numbers.
pub(super) const STATUSES: &[(u64, &str)] = &[
    (0, "OK"),
    (1, "ERR_PERM"),
    (2, "ERR_NOENT"),
    (5, "ERR_IO"),
    (6, "ERR_NXIO"),
    (13, "ERR_ACCES"),
    (17, "ERR_EXIST"),
    (18, "ERR_XDEV"),
    (19, "ERR_NODEV"),
    (20, "ERR_NOTDIR"),
    (21, "ERR_ISDIR"),
    (22, "ERR_INVAL"),
    (27, "ERR_FBIG"),
    (28, "ERR_NOSPC"),
    (30, "ERR_ROFS"),
    (31, "ERR_MLINK"),
    (63, "ERR_NAMETOOLONG"),
    (66, "ERR_NOTEMPTY"),
    (69, "ERR_DQUOT"),
    (70, "ERR_STALE"),
    (71, "ERR_REMOTE"),
    (99, "ERR_WFLUSH"),
    (10_001, "ERR_BADHANDLE"),
    (10_002, "ERR_NOT_SYNC"),
    (10_003, "ERR_BAD_COOKIE"),
    (10_004, "ERR_NOTSUPP"),
    (10_005, "ERR_TOOSMALL"),
    (10_006, "ERR_SERVERFAULT"),
    (10_007, "ERR_BADTYPE"),
    (10_008, "ERR_DELAY"),
    (10_009, "ERR_SAME"),
    (10_010, "ERR_DENIED"),
    (10_011, "ERR_EXPIRED"),
    (10_012, "ERR_LOCKED"),
    (10_013, "ERR_GRACE"),
    (10_014, "ERR_FHEXPIRED"),
    (10_015, "ERR_SHARE_DENIED"),
    (10_016, "ERR_WRONGSEC"),
    (10_017, "ERR_CLID_INUSE"),
    (10_018, "ERR_RESOURCE"),
    (10_019, "ERR_MOVED"),
    (10_020, "ERR_NOFILEHANDLE"),
    (10_021, "ERR_MINOR_VERS_MISMATCH"),
    (10_022, "ERR_STALE_CLIENTID"),
    (10_023, "ERR_STALE_STATEID"),
    (10_024, "ERR_OLD_STATEID"),
    (10_025, "ERR_BAD_STATEID"),
    (10_026, "ERR_BAD_SEQID"),
    (10_027, "ERR_NOT_SAME"),
    (10_028, "ERR_LOCK_RANGE"),
    (10_029, "ERR_SYMLINK"),
    (10_030, "ERR_RESTOREFH"),
    (10_031, "ERR_LEASE_MOVED"),
    (10_032, "ERR_ATTRNOTSUPP"),
    (10_033, "ERR_NO_GRACE"),
    (10_034, "ERR_RECLAIM_BAD"),
    (10_035, "ERR_RECLAIM_CONFLICT"),
    (10_036, "ERR_BADXDR"),
    (10_037, "ERR_LOCKS_HELD"),
    (10_038, "ERR_OPENMODE"),
    (10_039, "ERR_BADOWNER"),
    (10_040, "ERR_BADCHAR"),
    (10_041, "ERR_BADNAME"),
    (10_042, "ERR_BAD_RANGE"),
    (10_043, "ERR_LOCK_NOTSUPP"),
    (10_044, "ERR_OP_ILLEGAL"),
    (10_045, "ERR_DEADLOCK"),
    (10_046, "ERR_FILE_OPEN"),
    (10_047, "ERR_ADMIN_REVOKED"),
    (10_048, "ERR_CB_PATH_DOWN"),
];

/// RFC 1094 section 2.3.2.
pub(super) const TYPES_2: &[(u64, &str)] = &[
    (0, "non-file"),
    (1, "regular file"),
    (2, "directory"),
    (3, "block device"),
    (4, "character device"),
    (5, "symbolic link"),
];

/// RFC 1813 section 2.5, RFC 7530 section 2.1.
pub(super) const TYPES: &[(u64, &str)] = &[
    (1, "regular file"),
    (2, "directory"),
    (3, "block device"),
    (4, "character device"),
    (5, "symbolic link"),
    (6, "socket"),
    (7, "named pipe"),
    (8, "attribute directory"),
    (9, "named attribute"),
];

pub(super) const FOLLOWS: &[(u64, &str)] = &[(0, "no value"), (1, "value follows")];

/// RFC 1813 section 2.5, `time_how`; the two first also for other values.
pub(super) const SET: &[(u64, &str)] = &[(0, "keep"), (1, "set"), (2, "set to client's time")];

/// RFC 1813 section 3.3.7.
pub(super) const STABLE: &[(u64, &str)] = &[(0, "UNSTABLE"), (1, "DATA_SYNC"), (2, "FILE_SYNC")];

/// RFC 1813 section 3.3.8, RFC 7530 section 16.16.
pub(super) const CREATE: &[(u64, &str)] = &[(0, "UNCHECKED"), (1, "GUARDED"), (2, "EXCLUSIVE")];
