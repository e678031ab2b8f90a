//! Names of the numbers of versions 2 and 3 (RFC 1094, RFC 1813), and of those that version 4 has too (RFC 7530).

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

/// RFC 1094 section 2.3.1 and RFC 1813 section 2.6. Version 4 goes on with the numbers, but not with all names.
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
    (10_008, "ERR_JUKEBOX"),
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

/// What is true or false, where Wireshark has a number.
pub(super) const YES: &[(u64, &str)] = &[(0, "no"), (1, "yes")];

/// RFC 1813 section 2.5, `time_how`.
pub(super) const SET_TIME: &[(u64, &str)] = &[(0, "no"), (1, "to server's time"), (2, "to client's time")];

/// RFC 1094 section 2.3.6: all bits set.
pub(super) const NOT_SET: &[(u64, &str)] = &[(0xffff_ffff, "not set")];

/// RFC 1094 section 2.3.5: the three bits of a mode above its permissions. Version 4 has only permissions.
pub(super) const MODE_TYPES: &[(u64, &str)] = &[
    (0, "not told"),
    (1, "character device"),
    (2, "directory"),
    (3, "block device"),
    (4, "regular file"),
    (5, "symbolic link"),
    (6, "socket"),
];

/// RFC 1813 section 3.3.7.
pub(super) const STABLE: &[(u64, &str)] = &[(0, "UNSTABLE"), (1, "DATA_SYNC"), (2, "FILE_SYNC")];

/// RFC 1813 section 3.3.8, RFC 7530 section 16.16.
pub(super) const CREATE: &[(u64, &str)] = &[(0, "UNCHECKED"), (1, "GUARDED"), (2, "EXCLUSIVE")];
