//! Thumbprints: what an administrator compares a certificate by.

use std::fmt;
use std::str::FromStr;

use rustls_pki_types::CertificateDer;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// The hash a thumbprint is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Hash {
    /// 20 bytes. Broken for signatures; some servers still name certificates by it.
    Sha1,
    /// 32 bytes.
    Sha256,
}

impl Hash {
    /// `SHA-1` or `SHA-256`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
        }
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The hash of a certificate as the server presents it (its DER encoding).
///
/// Parses either hash, told apart by length, in any case, with colons between
/// the bytes or without. Shown in upper case with colons.
///
/// ```
/// use vmc_http::tls::{Hash, Thumbprint};
///
/// let text = "f91c2be7c5a0cc02d3373304b02d2f6c7750eb9c";
/// let thumbprint: Thumbprint = text.parse().unwrap();
/// assert_eq!(thumbprint.hash(), Hash::Sha1);
/// assert_eq!(
///     thumbprint.to_string(),
///     "F9:1C:2B:E7:C5:A0:CC:02:D3:37:33:04:B0:2D:2F:6C:77:50:EB:9C",
/// );
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Thumbprint(Bytes);

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Bytes {
    Sha1([u8; 20]),
    Sha256([u8; 32]),
}

impl Thumbprint {
    /// The thumbprint of a certificate.
    pub fn of(certificate: &CertificateDer<'_>, hash: Hash) -> Self {
        Self(match hash {
            Hash::Sha1 => Bytes::Sha1(Sha1::digest(certificate).into()),
            Hash::Sha256 => Bytes::Sha256(Sha256::digest(certificate).into()),
        })
    }

    /// The hash it was made with.
    pub fn hash(&self) -> Hash {
        match self.0 {
            Bytes::Sha1(_) => Hash::Sha1,
            Bytes::Sha256(_) => Hash::Sha256,
        }
    }

    /// The bytes of the hash.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Bytes::Sha1(bytes) => bytes,
            Bytes::Sha256(bytes) => bytes,
        }
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.as_bytes().iter().enumerate() {
            let colon = if at == 0 { "" } else { ":" };
            write!(f, "{colon}{byte:02X}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {self}", self.hash())
    }
}

/// A text that is no thumbprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAThumbprint;

impl fmt::Display for NotAThumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "not a thumbprint: expected 40 hexadecimal digits (SHA-1) or 64 (SHA-256), \
             with colons between the bytes or without",
        )
    }
}

impl std::error::Error for NotAThumbprint {}

impl FromStr for Thumbprint {
    type Err = NotAThumbprint;

    fn from_str(text: &str) -> Result<Self, NotAThumbprint> {
        let digit = |c: u8| (c as char).to_digit(16).ok_or(NotAThumbprint);
        let text = text.trim().as_bytes();
        // 2 characters a byte, or 3 with a colon before all but the first.
        let step = match text.len() {
            40 | 64 => 2,
            59 | 95 => 3,
            _ => return Err(NotAThumbprint),
        };
        let mut bytes = Vec::with_capacity(32);
        for pair in text.chunks(step) {
            match pair {
                [high, low] | [high, low, b':'] => {
                    bytes.push((digit(*high)? << 4 | digit(*low)?) as u8);
                }
                _ => return Err(NotAThumbprint),
            }
        }
        let sha1 = <[u8; 20]>::try_from(bytes.as_slice()).map(Bytes::Sha1);
        let bytes = sha1.or_else(|_| <[u8; 32]>::try_from(bytes.as_slice()).map(Bytes::Sha256));
        bytes.map(Self).map_err(|_| NotAThumbprint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA1: &str = "F9:1C:2B:E7:C5:A0:CC:02:D3:37:33:04:B0:2D:2F:6C:77:50:EB:9C";

    #[test]
    fn any_spelling_of_either_hash_is_the_same_thumbprint() {
        let sha256 = [SHA1, "00:01:02:03:04:05:06:07:08:09:0a:0b"].join(":");
        for text in [SHA1, &sha256] {
            let thumbprint: Thumbprint = text.parse().unwrap();
            for other in [
                text.to_lowercase(),
                text.replace(':', ""),
                text.replace(':', "").to_lowercase(),
                format!(" {text}\n"),
            ] {
                assert_eq!(other.parse(), Ok(thumbprint), "{other}");
            }
            assert_eq!(thumbprint.to_string(), text.to_uppercase());
        }
        assert_eq!(sha256.parse::<Thumbprint>().unwrap().hash(), Hash::Sha256);
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "F9",
            &SHA1[1..],
            &SHA1.replace(':', "-"),
            &SHA1.replace('F', "G"),
            &SHA1.replacen("F9:", "F9", 1),
            &format!("{SHA1}:00"),
            &format!("{}:", &SHA1[..58]),
            &SHA1.replacen("F9:1C", "F91:C", 1),
            &SHA1.replace(':', "").replacen("F9", "+9", 1),
            &"é".repeat(20),
        ] {
            assert_eq!(text.parse::<Thumbprint>(), Err(NotAThumbprint), "{text}");
        }
    }

    #[test]
    fn hashes_are_those_of_the_standard() {
        let of = |hash| Thumbprint::of(&CertificateDer::from_slice(b"abc"), hash).to_string();
        assert_eq!(
            of(Hash::Sha1).replace(':', ""),
            "A9993E364706816ABA3E25717850C26C9CD0D89D"
        );
        assert!(of(Hash::Sha256).starts_with("BA:78:16:BF:8F:01:CF:EA"));
    }
}
