//! Names of object identifiers, those that certificates hold. The detail tree shows them before the numbers.

/// The name of an object identifier in the form of its content (X.690 section 8.19).
#[must_use]
pub fn name_of(oid: &[u8]) -> Option<&'static str> {
    NAMES.iter().find(|row| row.0 == oid).map(|row| row.1)
}

static NAMES: &[(&[u8], &str)] = &[
    // Attributes of names (RFC 5280 appendix A.1, RFC 4519, CA/Browser Forum's guidelines for extended validation).
    (&[85, 4, 3], "commonName"),
    (&[85, 4, 4], "surname"),
    (&[85, 4, 5], "serialNumber"),
    (&[85, 4, 6], "countryName"),
    (&[85, 4, 7], "localityName"),
    (&[85, 4, 8], "stateOrProvinceName"),
    (&[85, 4, 9], "streetAddress"),
    (&[85, 4, 10], "organizationName"),
    (&[85, 4, 11], "organizationalUnitName"),
    (&[85, 4, 12], "title"),
    (&[85, 4, 15], "businessCategory"),
    (&[85, 4, 17], "postalCode"),
    (&[85, 4, 42], "givenName"),
    (&[85, 4, 46], "dnQualifier"),
    (&[85, 4, 65], "pseudonym"),
    (&[85, 4, 97], "organizationIdentifier"),
    (&[9, 0x92, 38, 0x89, 0x93, 0xf2, 44, 100, 1, 1], "userId"),
    (&[9, 0x92, 38, 0x89, 0x93, 0xf2, 44, 100, 1, 25], "domainComponent"),
    (&[42, 0x86, 72, 0x86, 0xf7, 13, 1, 9, 1], "emailAddress"),
    (&[43, 6, 1, 4, 1, 0x82, 55, 60, 2, 1, 1], "jurisdictionLocalityName"),
    (&[43, 6, 1, 4, 1, 0x82, 55, 60, 2, 1, 2], "jurisdictionStateOrProvinceName"),
    (&[43, 6, 1, 4, 1, 0x82, 55, 60, 2, 1, 3], "jurisdictionCountryName"),
    // Extensions (RFC 5280 section 4.2, RFC 6962 section 3.3, RFC 7633).
    (&[85, 29, 14], "subjectKeyIdentifier"),
    (&[85, 29, 15], "keyUsage"),
    (&[85, 29, 17], "subjectAltName"),
    (&[85, 29, 18], "issuerAltName"),
    (&[85, 29, 19], "basicConstraints"),
    (&[85, 29, 30], "nameConstraints"),
    (&[85, 29, 31], "cRLDistributionPoints"),
    (&[85, 29, 32], "certificatePolicies"),
    (&[85, 29, 32, 0], "anyPolicy"),
    (&[85, 29, 33], "policyMappings"),
    (&[85, 29, 35], "authorityKeyIdentifier"),
    (&[85, 29, 36], "policyConstraints"),
    (&[85, 29, 37], "extKeyUsage"),
    (&[85, 29, 37, 0], "anyExtendedKeyUsage"),
    (&[85, 29, 54], "inhibitAnyPolicy"),
    (&[43, 6, 1, 5, 5, 7, 1, 1], "authorityInfoAccess"),
    (&[43, 6, 1, 5, 5, 7, 1, 11], "subjectInfoAccess"),
    (&[43, 6, 1, 5, 5, 7, 1, 24], "tlsFeature"),
    (&[43, 6, 1, 4, 1, 0xd6, 121, 2, 4, 2], "signedCertificateTimestampList"),
    (&[43, 6, 1, 4, 1, 0xd6, 121, 2, 4, 3], "precertificatePoison"),
    // What is in them: qualifiers, purposes, places, policies (RFC 5280 section 4.2, CA/Browser Forum).
    (&[43, 6, 1, 5, 5, 7, 2, 1], "cps"),
    (&[43, 6, 1, 5, 5, 7, 2, 2], "unotice"),
    (&[43, 6, 1, 5, 5, 7, 3, 1], "serverAuth"),
    (&[43, 6, 1, 5, 5, 7, 3, 2], "clientAuth"),
    (&[43, 6, 1, 5, 5, 7, 3, 3], "codeSigning"),
    (&[43, 6, 1, 5, 5, 7, 3, 4], "emailProtection"),
    (&[43, 6, 1, 5, 5, 7, 3, 8], "timeStamping"),
    (&[43, 6, 1, 5, 5, 7, 3, 9], "OCSPSigning"),
    (&[43, 6, 1, 5, 5, 7, 48, 1], "ocsp"),
    (&[43, 6, 1, 5, 5, 7, 48, 1, 1], "ocsp-basic"),
    (&[43, 6, 1, 5, 5, 7, 48, 2], "caIssuers"),
    (&[103, 0x81, 12, 1, 1], "extended-validation"),
    (&[103, 0x81, 12, 1, 2, 1], "domain-validated"),
    (&[103, 0x81, 12, 1, 2, 2], "organization-validated"),
    (&[103, 0x81, 12, 1, 2, 3], "individual-validated"),
    // Keys and signatures (RFC 3279, RFC 4055, RFC 5480, RFC 5758, RFC 8410).
    (&[42, 0x86, 72, 0x86, 0xf7, 13, 1, 1, 1], "rsaEncryption"),
    (&[42, 0x86, 72, 0x86, 0xf7, 13, 1, 1, 4], "md5WithRSAEncryption"),
    (&[42, 0x86, 72, 0x86, 0xf7, 13, 1, 1, 5], "sha1WithRSAEncryption"),
    (&[42, 0x86, 72, 0x86, 0xf7, 13, 1, 1, 10], "RSASSA-PSS"),
    (&[42, 0x86, 72, 0x86, 0xf7, 13, 1, 1, 11], "sha256WithRSAEncryption"),
    (&[42, 0x86, 72, 0x86, 0xf7, 13, 1, 1, 12], "sha384WithRSAEncryption"),
    (&[42, 0x86, 72, 0x86, 0xf7, 13, 1, 1, 13], "sha512WithRSAEncryption"),
    (&[42, 0x86, 72, 0x86, 0xf7, 13, 1, 1, 14], "sha224WithRSAEncryption"),
    (&[42, 0x86, 72, 0xce, 56, 4, 1], "dsa"),
    (&[42, 0x86, 72, 0xce, 56, 4, 3], "dsa-with-sha1"),
    (&[42, 0x86, 72, 0xce, 61, 2, 1], "ecPublicKey"),
    (&[42, 0x86, 72, 0xce, 61, 4, 1], "ecdsa-with-SHA1"),
    (&[42, 0x86, 72, 0xce, 61, 4, 3, 1], "ecdsa-with-SHA224"),
    (&[42, 0x86, 72, 0xce, 61, 4, 3, 2], "ecdsa-with-SHA256"),
    (&[42, 0x86, 72, 0xce, 61, 4, 3, 3], "ecdsa-with-SHA384"),
    (&[42, 0x86, 72, 0xce, 61, 4, 3, 4], "ecdsa-with-SHA512"),
    (&[43, 0x81, 4, 1, 12], "ecDH"),
    (&[43, 101, 110], "X25519"),
    (&[43, 101, 111], "X448"),
    (&[43, 101, 112], "Ed25519"),
    (&[43, 101, 113], "Ed448"),
    // Hashes (RFC 3279 section 2.1, RFC 5754 section 2).
    (&[42, 0x86, 72, 0x86, 0xf7, 13, 2, 5], "md5"),
    (&[43, 14, 3, 2, 26], "sha1"),
    (&[96, 0x86, 72, 1, 101, 3, 4, 2, 1], "sha256"),
    (&[96, 0x86, 72, 1, 101, 3, 4, 2, 2], "sha384"),
    (&[96, 0x86, 72, 1, 101, 3, 4, 2, 3], "sha512"),
    (&[96, 0x86, 72, 1, 101, 3, 4, 2, 4], "sha224"),
    // Curves (RFC 5480 section 2.1.1.1, RFC 5639 section 4.1).
    (&[42, 0x86, 72, 0xce, 61, 3, 1, 1], "secp192r1"),
    (&[42, 0x86, 72, 0xce, 61, 3, 1, 7], "secp256r1"),
    (&[43, 0x81, 4, 0, 10], "secp256k1"),
    (&[43, 0x81, 4, 0, 33], "secp224r1"),
    (&[43, 0x81, 4, 0, 34], "secp384r1"),
    (&[43, 0x81, 4, 0, 35], "secp521r1"),
    (&[43, 36, 3, 3, 2, 8, 1, 1, 7], "brainpoolP256r1"),
    (&[43, 36, 3, 3, 2, 8, 1, 1, 11], "brainpoolP384r1"),
    (&[43, 36, 3, 3, 2, 8, 1, 1, 13], "brainpoolP512r1"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stands_once() {
        let known: alloc::collections::BTreeSet<&[u8]> = NAMES.iter().map(|row| row.0).collect();
        assert_eq!(known.len(), NAMES.len());
        assert_eq!(name_of(&[0x55, 4, 3]), Some("commonName"));
        assert_eq!(name_of(&[0x55, 4, 3, 1]), None);
    }
}
