//! Where a service of AWS is asked.

use crate::aws::AwsSettings;
use crate::aws::error::AwsError;

impl AwsSettings {
    /// The address at which a service is asked, `sts` or `cloudformation`: the
    /// one that is set, else AWS's own in the region.
    ///
    /// # Errors
    /// When the one that is set is no URL, or carries a user name or password.
    pub fn address(&self, service: &str, region: &str) -> Result<String, AwsError> {
        let own = match service {
            "sts" => self.sts_endpoint_url.as_ref(),
            "cloudformation" => self.cloudformation_endpoint_url.as_ref(),
            _ => None,
        };
        Ok(match self.endpoint(own)? {
            Some(url) => url,
            None => format!("https://{service}.{region}.amazonaws.com"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_counts_and_else_the_region() {
        let mut settings = AwsSettings::default();
        let sts = |settings: &AwsSettings| settings.address("sts", "us-west-2").unwrap();
        assert_eq!(sts(&settings), "https://sts.us-west-2.amazonaws.com");
        settings.endpoint_url = Some("http://127.0.0.1:1".into());
        assert_eq!(sts(&settings), "http://127.0.0.1:1");
        settings.sts_endpoint_url = Some("http://127.0.0.1:2".into());
        assert_eq!(sts(&settings), "http://127.0.0.1:2");
        let other = settings.address("cloudformation", "us-west-2").unwrap();
        assert_eq!(other, "http://127.0.0.1:1");
    }
}
