//! The services of AWS that are asked, and where they are.

use crate::aws::AwsSettings;
use crate::aws::error::AwsError;

/// A service of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AwsService {
    /// Security Token Service: who the credentials belong to.
    Sts,
    /// Stacks.
    CloudFormation,
    /// Roles. One for all regions of a partition.
    Iam,
    /// Networks.
    Ec2,
    /// Quotas.
    ServiceQuotas,
}

impl AwsService {
    /// The name in addresses and signatures.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sts => "sts",
            Self::CloudFormation => "cloudformation",
            Self::Iam => "iam",
            Self::Ec2 => "ec2",
            Self::ServiceQuotas => "servicequotas",
        }
    }

    /// The region whose name is in the signature.
    pub(crate) fn signing_region(self, region: &str) -> &str {
        match self {
            Self::Iam if region.starts_with("cn-") => "cn-north-1",
            Self::Iam if region.starts_with("us-gov-") => "us-gov-west-1",
            Self::Iam => "us-east-1",
            _ => region,
        }
    }

    /// AWS's own address of it.
    fn home(self, region: &str) -> String {
        let name = self.name();
        let suffix = match region.starts_with("cn-") {
            true => "amazonaws.com.cn",
            false => "amazonaws.com",
        };
        match (self, self.signing_region(region)) {
            (Self::Iam, "us-east-1") => format!("https://iam.{suffix}"),
            (Self::Iam, "us-gov-west-1") => format!("https://iam.us-gov.{suffix}"),
            (_, region) => format!("https://{name}.{region}.{suffix}"),
        }
    }
}

impl AwsSettings {
    /// The address at which a service is asked: the one that is set, else AWS's
    /// own in the region.
    ///
    /// # Errors
    /// When the one that is set is no URL, or carries a user name or password.
    pub fn address(&self, service: AwsService, region: &str) -> Result<String, AwsError> {
        let own = match service {
            AwsService::Sts => &self.sts_endpoint_url,
            AwsService::CloudFormation => &self.cloudformation_endpoint_url,
            AwsService::Iam => &self.iam_endpoint_url,
            AwsService::Ec2 => &self.ec2_endpoint_url,
            AwsService::ServiceQuotas => &self.service_quotas_endpoint_url,
        };
        let set = self.endpoint(own.as_ref())?;
        Ok(set.unwrap_or_else(|| service.home(region)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_at_home_in_their_partition() {
        let settings = AwsSettings::default();
        for (service, region, address, signed_for) in [
            (
                AwsService::Sts,
                "us-west-2",
                "https://sts.us-west-2.amazonaws.com",
                "us-west-2",
            ),
            (
                AwsService::Iam,
                "us-west-2",
                "https://iam.amazonaws.com",
                "us-east-1",
            ),
            (
                AwsService::Iam,
                "us-gov-east-1",
                "https://iam.us-gov.amazonaws.com",
                "us-gov-west-1",
            ),
            (
                AwsService::Iam,
                "cn-north-1",
                "https://iam.cn-north-1.amazonaws.com.cn",
                "cn-north-1",
            ),
            (
                AwsService::Ec2,
                "cn-north-1",
                "https://ec2.cn-north-1.amazonaws.com.cn",
                "cn-north-1",
            ),
            (
                AwsService::ServiceQuotas,
                "eu-west-1",
                "https://servicequotas.eu-west-1.amazonaws.com",
                "eu-west-1",
            ),
        ] {
            assert_eq!(settings.address(service, region).unwrap(), address);
            assert_eq!(service.signing_region(region), signed_for);
        }
    }

    #[test]
    fn what_is_set_counts() {
        let mut settings = AwsSettings {
            endpoint_url: Some("http://127.0.0.1:1".into()),
            ..AwsSettings::default()
        };
        let sts = |settings: &AwsSettings| settings.address(AwsService::Sts, "us-west-2").unwrap();
        assert_eq!(sts(&settings), "http://127.0.0.1:1");
        settings.sts_endpoint_url = Some("http://127.0.0.1:2".into());
        assert_eq!(sts(&settings), "http://127.0.0.1:2");
        let other = settings
            .address(AwsService::CloudFormation, "us-west-2")
            .unwrap();
        assert_eq!(other, "http://127.0.0.1:1");
    }
}
