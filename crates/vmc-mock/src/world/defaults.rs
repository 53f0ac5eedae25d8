//! The world a simulator starts with: one organization, one AWS account, not linked yet.

use super::{
    AccessKey, ApiToken, AwsAccount, OauthApp, Org, QuotaRequest, RouteTable, Subnet,
    SupportWindow, Vpc, World, derived_id,
};
use crate::clock::Time;
use serde_json::json;

/// The organization of the standard world.
pub const ORG_ID: &str = "3f0c9a52-7a3e-4d1b-9c55-0a1b2c3d4e5f";
/// Its display name.
pub const ORG_NAME: &str = "Simulated Organization";
/// The person the API token belongs to.
pub const USER_ID: &str = "simulated.com:8d1f1c5e-2f0f-4f0c-8a51-51b7a4f0c001";
/// Name of that person.
pub const USER_NAME: &str = "admin@simulated.com";
/// The API token of the standard world; easy to search for in logs.
pub const API_TOKEN: &str = "CANARYapiTokenOfVmcMock0000000000000000000000000000000000000tN3NK";
/// The second organization of [`LinkState::OtherOrg`](super::LinkState::OtherOrg).
pub const OTHER_ORG_ID: &str = "b7d2e1c0-4f6a-4b58-8e21-9c0d7a6b5f43";
/// Its API token.
pub const OTHER_API_TOKEN: &str =
    "CANARYotherApiTokenOfVmcMock000000000000000000000000000000000000";
/// Client id of the OAuth app of the standard world.
pub const CLIENT_ID: &str = "vmc-mock-oauth-app";
/// Client secret of that app.
pub const CLIENT_SECRET: &str = "CANARYclientSecretOfVmcMock00000000000000000000000";
/// The AWS account of the standard world.
pub const ACCOUNT: &str = "123456789012";
/// Access key id of that account.
pub const ACCESS_KEY: &str = "AKIAVMCMOCK000000001";
/// Secret access key to go with it; signatures are not verified.
pub const SECRET_KEY: &str = "CANARY/secret/access/key/of/vmc/mock/00000001";

impl World {
    /// One organization with an API token and an OAuth app; AWS account 123456789012 with a VPC,
    /// its main route table and four subnets in us-west-2, of which the last is not compatible; three support windows and
    /// a quota request of long ago; nothing linked, no SDDC.
    pub fn standard() -> Self {
        let mut world = Self {
            seed: "vmc-mock".into(),
            ..Self::default()
        };
        world.orgs.insert(Org {
            id: ORG_ID.into(),
            name: "simulated-org".into(),
            display_name: ORG_NAME.into(),
            created: Time::default(),
        });
        world.api_tokens.insert(ApiToken {
            value: API_TOKEN.into(),
            name: "vmc-mock".into(),
            orgs: vec![ORG_ID.into()],
            username: USER_NAME.into(),
            ..ApiToken::default()
        });
        world.oauth_apps.insert(OauthApp {
            id: CLIENT_ID.into(),
            secret: CLIENT_SECRET.into(),
            orgs: vec![ORG_ID.into()],
            ..OauthApp::default()
        });
        world.aws_accounts.insert(AwsAccount {
            number: ACCOUNT.into(),
            access_keys: vec![AccessKey {
                id: ACCESS_KEY.into(),
                user_id: "AIDAVMCMOCK000000001".into(),
                ..AccessKey::default()
            }],
            vpcs: vec![Vpc {
                id: "vpc-0a1b2c3d4e5f60718".into(),
                region: "us-west-2".into(),
                cidr: "172.30.0.0/16".into(),
                name: "workloads".into(),
            }],
            subnets: ["a", "b", "c", "d"]
                .into_iter()
                .zip(1_u8..)
                .map(|(letter, number)| Subnet {
                    id: format!("subnet-0a1b2c3d4e5f6070{number}"),
                    vpc: "vpc-0a1b2c3d4e5f60718".into(),
                    cidr: format!("172.30.{number}.0/26"),
                    name: format!("sddc-{letter}"),
                    zone: format!("us-west-2{letter}"),
                    zone_id: format!("usw2-az{number}"),
                    compatible: letter != "d",
                    note: match letter {
                        "d" => "VMware Cloud on AWS has no capacity in this availability zone.",
                        _ => "",
                    }
                    .into(),
                    ..Subnet::default()
                })
                .collect(),
            route_tables: vec![RouteTable {
                id: "rtb-0a1b2c3d4e5f60719".into(),
                vpc: "vpc-0a1b2c3d4e5f60718".into(),
                main: true,
                ..RouteTable::default()
            }],
            ..AwsAccount::default()
        });
        for (day, hour, seats) in [("TUESDAY", 2, 5), ("WEDNESDAY", 10, 5), ("SATURDAY", 18, 1)] {
            world.support_windows.insert(SupportWindow {
                id: derived_id(day, "support-window"),
                day: day.into(),
                hour,
                hours: 4,
                seats,
                created_by: "SYSTEM".into(),
            });
        }
        world.quota_requests.insert(QuotaRequest {
            id: derived_id(ORG_ID, "quota-request"),
            org: ORG_ID.into(),
            region: "US_WEST_2".into(),
            account: ACCOUNT.into(),
            reason: "More hosts".into(),
            status: "RESOLVED".into(),
            details: json!({"i4i.metal": {
                "desired_value": 32,
                "detail_status": "RESOLVED",
                "resolved_at": Time::default(),
                "aws_quota_request_id": "simulated-1",
                "aws_support_case_id": "1234567890",
                "aws_support_case_status": "resolved",
            }}),
            requester: USER_NAME.into(),
            created: Time::default(),
        });
        world
    }
}
