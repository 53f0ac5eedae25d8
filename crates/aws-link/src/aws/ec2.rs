//! Networks as EC2 has them. Read only.

use super::Aws;
use super::error::{AwsError, AwsErrorKind};
use super::service::AwsService;
use super::xml::Xml;

/// Pages of a list that are read at most.
const MOST_PAGES: usize = 50;

/// Values that one filter takes.
const MOST_VALUES: usize = 200;

/// Rows of a page, at most: EC2 refuses more.
const PAGE: u32 = 1000;
const PAGE_OF_ROUTE_TABLES: u32 = 100;

/// A subnet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subnet {
    pub(crate) id: String,
    pub(crate) vpc: String,
    /// The account that owns it; another one than ours where it is shared.
    pub(crate) owner: String,
    pub(crate) cidr: String,
    /// As the account names it: `us-west-2a`.
    pub(crate) zone: String,
    /// As all accounts name it: `usw2-az1`.
    pub(crate) zone_id: String,
    /// Free addresses, if EC2 says.
    pub(crate) free: Option<u64>,
}

/// A route table of a VPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RouteTable {
    pub(crate) id: String,
    pub(crate) vpc: String,
    /// The one that subnets without a table of their own use.
    pub(crate) main: bool,
    /// Subnets that are associated with it by name.
    pub(crate) subnets: Vec<String>,
}

/// An elastic network interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NetworkInterface {
    pub(crate) id: String,
    pub(crate) subnet: String,
    /// `in-use`, `available`, …
    pub(crate) status: String,
    pub(crate) description: String,
}

/// EC2 of the account behind the credentials, in one region.
#[derive(Debug, Clone)]
pub(crate) struct Ec2 {
    aws: Aws,
    region: String,
}

impl Ec2 {
    pub(crate) fn new(aws: &Aws, region: &str) -> Self {
        Self {
            aws: aws.clone(),
            region: region.to_owned(),
        }
    }

    /// These subnets; those that do not exist are left out.
    pub(crate) async fn subnets(&self, ids: &[&str]) -> Result<Vec<Subnet>, AwsError> {
        let list = List {
            operation: "ec2:DescribeSubnets",
            set: "subnetSet",
            page: PAGE,
            read: |row| Subnet {
                id: text(row, "subnetId"),
                vpc: text(row, "vpcId"),
                owner: text(row, "ownerId"),
                cidr: text(row, "cidrBlock"),
                zone: text(row, "availabilityZone"),
                zone_id: text(row, "availabilityZoneId"),
                free: row.text_of("availableIpAddressCount").parse().ok(),
            },
        };
        self.of_values(&list, "subnet-id", ids).await
    }

    /// The route tables of these VPCs.
    pub(crate) async fn route_tables(&self, vpcs: &[&str]) -> Result<Vec<RouteTable>, AwsError> {
        let list = List {
            operation: "ec2:DescribeRouteTables",
            set: "routeTableSet",
            page: PAGE_OF_ROUTE_TABLES,
            read: |row| {
                let associations = || row.items("associationSet");
                let named = associations().map(|one| text(one, "subnetId"));
                RouteTable {
                    id: text(row, "routeTableId"),
                    vpc: text(row, "vpcId"),
                    main: associations().any(|one| one.text_of("main") == "true"),
                    subnets: named.filter(|id| !id.is_empty()).collect(),
                }
            },
        };
        self.of_values(&list, "vpc-id", vpcs).await
    }

    /// All network interfaces of the region, for its quota.
    pub(crate) async fn network_interfaces(&self) -> Result<Vec<NetworkInterface>, AwsError> {
        let list = List {
            operation: "ec2:DescribeNetworkInterfaces",
            set: "networkInterfaceSet",
            page: PAGE,
            read: |row| NetworkInterface {
                id: text(row, "networkInterfaceId"),
                subnet: text(row, "subnetId"),
                status: text(row, "status"),
                description: text(row, "description"),
            },
        };
        self.pages(&list, &[]).await
    }

    /// The rows whose `filter` is one of `values`. An id that does not exist is
    /// no error to a filter.
    async fn of_values<T>(
        &self,
        list: &List<T>,
        filter: &str,
        values: &[&str],
    ) -> Result<Vec<T>, AwsError> {
        let mut rows = Vec::new();
        for values in values.chunks(MOST_VALUES) {
            let mut params = vec![("Filter.1.Name".to_owned(), filter.to_owned())];
            for (index, value) in values.iter().enumerate() {
                params.push((format!("Filter.1.Value.{}", index + 1), (*value).into()));
            }
            rows.extend(self.pages(list, &params).await?);
        }
        Ok(rows)
    }

    /// All rows of a list.
    async fn pages<T>(
        &self,
        list: &List<T>,
        params: &[(String, String)],
    ) -> Result<Vec<T>, AwsError> {
        let operation = list.operation;
        let mut rows = Vec::new();
        let mut next = String::new();
        for _ in 0..MOST_PAGES {
            let mut asked = params.to_vec();
            asked.push(("MaxResults".into(), list.page.to_string()));
            if !next.is_empty() {
                asked.push(("NextToken".into(), next.clone()));
            }
            let answer = self
                .aws
                .query(AwsService::Ec2, &self.region, operation, asked)
                .await?;
            rows.extend(answer.items(list.set).map(list.read));
            answer.text_of("nextToken").clone_into(&mut next);
            if next.is_empty() {
                return Ok(rows);
            }
        }
        let kind = AwsErrorKind::Refused;
        Err(AwsError::new(operation, kind, "the list does not end"))
    }
}

/// A list of EC2's.
struct List<T> {
    operation: &'static str,
    /// The element that holds the rows.
    set: &'static str,
    /// Rows that are asked for at once.
    page: u32,
    read: fn(&Xml) -> T,
}

fn text(row: &Xml, name: &str) -> String {
    row.text_of(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Asked, Script};

    fn answered(action: &str, inner: &str) -> String {
        format!(
            "<{action}Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>r</requestId>{inner}</{action}Response>"
        )
    }

    #[tokio::test]
    async fn lists_are_read_to_their_end_and_filtered_by_the_service() {
        let script = Script::new(|asked| {
            let row = |id: &str| {
                format!(
                    "<subnetSet><item><subnetId>{id}</subnetId><vpcId>vpc-1</vpcId><ownerId>123456789012</ownerId>\
                 <availableIpAddressCount>59</availableIpAddressCount></item></subnetSet>"
                )
            };
            let inner = match asked.get("NextToken") {
                "" => row("subnet-1") + "<nextToken>t</nextToken>",
                _ => row("subnet-2"),
            };
            (200, answered(asked.action(), &inner))
        });
        let ec2 = Ec2::new(&script.aws(), "us-west-2");
        let subnets = ec2.subnets(&["subnet-1", "subnet-2"]).await.unwrap();
        assert_eq!(subnets.len(), 2);
        assert_eq!(subnets[1].id, "subnet-2");
        assert_eq!(subnets[0].free, Some(59));
        let asked = &script.requests()[0];
        assert_eq!(asked.get("Filter.1.Name"), "subnet-id");
        assert_eq!(asked.get("Filter.1.Value.2"), "subnet-2");
    }

    #[tokio::test]
    async fn no_filter_has_more_values_and_no_page_more_rows_than_ec2_takes() {
        let script = Script::new(|asked| (200, answered(asked.action(), "")));
        let ec2 = Ec2::new(&script.aws(), "us-west-2");
        let ids: Vec<String> = (0..450).map(|id| format!("vpc-{id}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        ec2.route_tables(&ids).await.unwrap();
        let asked = script.requests();
        let last = |asked: &Asked, at: usize| asked.get(&format!("Filter.1.Value.{at}")).to_owned();
        assert_eq!(asked.len(), 3);
        assert_eq!(last(&asked[0], 200), "vpc-199");
        assert_eq!(last(&asked[0], 201), "");
        assert_eq!(last(&asked[2], 50), "vpc-449");
        assert!(asked.iter().all(|asked| asked.get("MaxResults") == "100"));
        // Nothing is asked for nobody; without a filter it would be everything.
        ec2.subnets(&[]).await.unwrap();
        assert_eq!(script.requests().len(), 3);
    }

    #[tokio::test]
    async fn the_main_route_table_is_told_from_others() {
        let script = Script::new(|asked| {
            let inner = "<routeTableSet><item><routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId><associationSet>\
                <item><main>true</main></item></associationSet></item><item><routeTableId>rtb-2</routeTableId><associationSet>\
                <item><subnetId>subnet-1</subnetId><main>false</main></item></associationSet></item></routeTableSet>";
            (200, answered(asked.action(), inner))
        });
        let tables = Ec2::new(&script.aws(), "us-west-2")
            .route_tables(&["vpc-1"])
            .await
            .unwrap();
        assert!(tables[0].main && tables[0].subnets.is_empty());
        assert!(!tables[1].main);
        assert_eq!(tables[1].subnets, ["subnet-1"]);
    }

    #[tokio::test]
    async fn a_refusal_of_ec2_is_read() {
        let script = Script::new(|_| {
            let text = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized to \
                perform this operation.</Message></Error></Errors><RequestID>req-9</RequestID></Response>";
            (403, text.to_owned())
        });
        let error = Ec2::new(&script.aws(), "us-west-2")
            .network_interfaces()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), AwsErrorKind::Denied);
        assert_eq!(error.operation(), "ec2:DescribeNetworkInterfaces");
        assert_eq!(error.code(), Some("UnauthorizedOperation"));
    }

    #[tokio::test]
    async fn a_list_without_an_end_is_given_up() {
        let script = Script::new(|asked| {
            (
                200,
                answered(asked.action(), "<nextToken>again</nextToken>"),
            )
        });
        let error = Ec2::new(&script.aws(), "us-west-2")
            .network_interfaces()
            .await
            .unwrap_err();
        assert!(error.to_string().contains("does not end"), "{error}");
    }
}
