//! IPv4 blocks, as far as the rules for networks need them.

use std::net::Ipv4Addr;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cidr {
    first: u32,
    pub(crate) prefix: u8,
}

impl Cidr {
    /// Reads `10.2.0.0/16`; bits beyond the prefix must be zero.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let first = u32::from(address.parse::<Ipv4Addr>().ok()?);
        let prefix: u8 = prefix.parse().ok().filter(|prefix| *prefix <= 32)?;
        let block = Self { first, prefix };
        (first & block.mask() == first).then_some(block)
    }

    /// The first and the last address.
    pub(crate) fn range(self) -> (u32, u32) {
        (self.first, self.first | !self.mask())
    }

    fn mask(self) -> u32 {
        u32::MAX
            .checked_shl(32 - u32::from(self.prefix))
            .unwrap_or(0)
    }

    pub(crate) fn overlaps(self, other: Self) -> bool {
        let mask = self.mask() & other.mask();
        self.first & mask == other.first & mask
    }

    fn within(self, text: &str) -> bool {
        Self::parse(text).is_some_and(|outer| outer.prefix <= self.prefix && outer.overlaps(self))
    }

    /// RFC 1918.
    pub(crate) fn is_private(self) -> bool {
        ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
            .iter()
            .any(|outer| self.within(outer))
    }

    pub(crate) fn overlaps_any<'a>(self, blocks: &[&'a str]) -> Option<&'a str> {
        blocks
            .iter()
            .copied()
            .find(|block| Self::parse(block).is_some_and(|block| block.overlaps(self)))
    }
}

#[cfg(test)]
mod tests {
    use super::Cidr;

    #[test]
    fn reads_and_compares() {
        let block = |text| Cidr::parse(text).unwrap();
        assert!(Cidr::parse("10.2.0.1/16").is_none() && Cidr::parse("10.2.0.0/33").is_none());
        assert!(block("10.2.0.0/16").overlaps(block("10.2.128.0/20")));
        assert!(!block("10.2.0.0/16").overlaps(block("10.3.0.0/16")));
        assert!(block("172.20.0.0/16").is_private() && !block("172.32.0.0/16").is_private());
        assert_eq!(
            block("10.1.0.0/16").overlaps_any(&["10.0.0.0/15"]),
            Some("10.0.0.0/15")
        );
        assert!(block("0.0.0.0/0").overlaps(block("8.8.8.8/32")));
    }
}
