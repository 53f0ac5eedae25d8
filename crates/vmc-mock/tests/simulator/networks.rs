//! EC2 and Service Quotas: what an SDDC does to the customer's network.

use crate::{
    link::linked,
    wire::{Api, Reply, send, start},
};
use serde_json::{Value, json};
use vmc_mock::world::{ACCESS_KEY, ACCOUNT, INTERFACE_DESCRIPTION, Route, RouteTable, Subnet};

const SUBNET: &str = "subnet-0a1b2c3d4e5f60701";
const VPC: &str = "vpc-0a1b2c3d4e5f60718";
const TABLE: &str = "rtb-0a1b2c3d4e5f60719";

async fn ec2(api: &Api, action: &str, params: &[(&str, &str)]) -> Reply {
    let mut all = vec![("Action", action), ("Version", "2016-11-15")];
    all.extend(params);
    api.aws("ec2", &all).await
}

async fn quota(api: &Api, key: &str, action: &str, body: &Value) -> Reply {
    let scope = format!("{key}/20260101/us-west-2/servicequotas/aws4_request");
    let auth = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00");
    let target = format!("ServiceQuotasV20190624.{action}");
    let headers = [
        ("authorization", auth.as_str()),
        ("x-amz-target", target.as_str()),
        ("content-type", "application/x-amz-json-1.1"),
    ];
    let url = api.mock.url();
    send(&url, "POST", "/", &headers, &body.to_string())
        .await
        .unwrap()
}

/// An SDDC of two hosts in the first subnet.
async fn with_sddc(api: &mut Api) -> String {
    let account = linked(api).await;
    let config = json!({
        "name": "a", "provider": "AWS", "num_hosts": 2, "vpc_cidr": "10.4.0.0/16",
        "account_link_sddc_config": [
            {"connected_account_id": account, "customer_subnet_ids": [SUBNET]},
        ],
    });
    let reply = api.org("POST", "sddcs", &config).await;
    assert_eq!(reply.status, 202, "{}", reply.text());
    api.pass(3 * 3600);
    api.login().await;
    reply.json()["resource_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn subnets_and_vpcs() {
    let api = start().await;
    api.mock.world(|world| {
        let account = world.aws_accounts.get_mut(ACCOUNT).unwrap();
        account.subnets.push(Subnet {
            id: "subnet-shared".into(),
            vpc: VPC.into(),
            cidr: "172.30.9.0/24".into(),
            owner: "999999999999".into(),
            public_ips: true,
            available_ips: Some(7),
            ..Subnet::default()
        });
    });
    let reply = ec2(&api, "DescribeSubnets", &[("SubnetId.1", SUBNET)]).await;
    assert!(reply.text().starts_with(
        "<DescribeSubnetsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>"
    ));
    let fields = [
        ("subnetId", SUBNET),
        ("vpcId", VPC),
        ("ownerId", ACCOUNT),
        ("availableIpAddressCount", "59"),
        ("availabilityZoneId", "usw2-az1"),
        ("mapPublicIpOnLaunch", "false"),
        ("value", "sddc-a"),
    ];
    for (name, value) in fields {
        assert_eq!(reply.xml(name), value, "{name}");
    }
    let filter = [
        ("Filter.1.Name", "vpc-id"),
        ("Filter.1.Value.1", "vpc-other"),
        ("Filter.1.Value.2", VPC),
        ("Filter.2.Name", "owner-id"),
        ("Filter.2.Value.1", "999999999999"),
    ];
    let reply = ec2(&api, "DescribeSubnets", &filter).await;
    assert_eq!(reply.xml("subnetId"), "subnet-shared");
    assert_eq!(reply.xml("availableIpAddressCount"), "7");
    assert_eq!(reply.xml("mapPublicIpOnLaunch"), "true");
    assert_eq!(reply.text().matches("<subnetId>").count(), 1);
    let reply = ec2(&api, "DescribeVpcs", &[("VpcId.1", VPC)]).await;
    assert_eq!(reply.xml("cidrBlock"), "172.30.0.0/16");
}

#[tokio::test]
async fn ec2_refuses_in_its_own_form() {
    let api = start().await;
    let reply = ec2(&api, "DescribeSubnets", &[("SubnetId.1", "subnet-none")]).await;
    assert_eq!(
        (reply.status, reply.xml("Code")),
        (400, "InvalidSubnetID.NotFound".into())
    );
    assert!(reply.text().starts_with("<Response><Errors><Error><Code>"));
    assert!(!reply.xml("RequestID").is_empty());
    let filter = [("Filter.1.Name", "color"), ("Filter.1.Value.1", "red")];
    let reply = ec2(&api, "DescribeVpcs", &filter).await;
    assert_eq!(reply.xml("Code"), "InvalidParameterValue");
    let reply = ec2(&api, "DescribeVpcs", &[("Vpc", "x")]).await;
    assert_eq!(reply.xml("Code"), "UnknownParameter");
    let reply = ec2(&api, "RunInstances", &[]).await;
    assert_eq!(reply.xml("Code"), "InvalidAction");
    let reply = ec2(&api, "DescribeVpcs", &[("DryRun", "true")]).await;
    assert_eq!(
        (reply.status, reply.xml("Code")),
        (412, "DryRunOperation".into())
    );
    api.mock.world(|world| {
        let account = world.aws_accounts.get_mut(ACCOUNT).unwrap();
        account.access_keys[0].denied = vec!["ec2:*".into()];
    });
    let reply = ec2(&api, "DescribeVpcs", &[]).await;
    assert_eq!(
        (reply.status, reply.xml("Code")),
        (403, "UnauthorizedOperation".into())
    );
    let ask = [("Action", "DescribeVpcs"), ("Version", "2016-11-15")];
    let reply = api.aws_as("AKIANOBODY", "ec2", &ask).await;
    assert_eq!(
        (reply.status, reply.xml("Code")),
        (401, "AuthFailure".into())
    );
}

#[tokio::test]
async fn route_tables() {
    let api = start().await;
    api.mock.world(|world| {
        let account = world.aws_accounts.get_mut(ACCOUNT).unwrap();
        account.route_tables.push(RouteTable {
            id: "rtb-own".into(),
            vpc: VPC.into(),
            subnets: vec![SUBNET.into()],
            routes: vec![Route {
                destination: "0.0.0.0/0".into(),
                target: "nat-1".into(),
            }],
            ..RouteTable::default()
        });
    });
    let by = |name, value| [("Filter.1.Name", name), ("Filter.1.Value.1", value)];
    let main = ec2(&api, "DescribeRouteTables", &by("association.main", "true")).await;
    assert_eq!(
        (main.xml("routeTableId"), main.xml("main")),
        (TABLE.into(), "true".into())
    );
    assert_eq!(main.xml("gatewayId"), "local");
    let own = by("association.subnet-id", SUBNET);
    let own = ec2(&api, "DescribeRouteTables", &own).await;
    assert_eq!(
        (own.xml("routeTableId"), own.xml("main")),
        ("rtb-own".into(), "false".into())
    );
    assert_eq!(own.xml("natGatewayId"), "nat-1");
}

#[tokio::test]
async fn an_sddc_makes_interfaces_and_takes_them_along() {
    let mut api = start().await;
    let sddc = with_sddc(&mut api).await;
    let filter = [
        ("Filter.1.Name", "description"),
        ("Filter.1.Value.1", INTERFACE_DESCRIPTION),
        ("Filter.2.Name", "subnet-id"),
        ("Filter.2.Value.1", SUBNET),
    ];
    let reply = ec2(&api, "DescribeNetworkInterfaces", &filter).await;
    let count = |reply: &Reply| reply.text().matches("<networkInterfaceId>").count();
    assert_eq!(count(&reply), 3, "one for each host, and a spare one");
    assert_eq!(reply.xml("privateIpAddress"), "172.30.1.4");
    let active = reply.xml("networkInterfaceId");
    let subnet = ec2(&api, "DescribeSubnets", &[("SubnetId.1", SUBNET)]).await;
    assert_eq!(subnet.xml("availableIpAddressCount"), "56");
    let connections = api.get("account-link/sddc-connections").await.json();
    let interfaces = connections[0]["customer_eni_infos"].as_array().unwrap();
    assert_eq!(interfaces.len(), 3);
    assert_eq!(
        interfaces[0],
        json!({"eni_id": active, "primary_ip_address": "172.30.1.4", "secondary_ip_addresses": []})
    );
    assert_eq!(connections[0]["default_route_table"], TABLE);
    let table = ec2(&api, "DescribeRouteTables", &[]).await;
    assert_eq!(table.xml("networkInterfaceId"), active);
    assert!(table.text().contains("10.4.0.0/16"));

    let path = format!("sddcs/{sddc}");
    assert_eq!(api.org("DELETE", &path, &Value::Null).await.status, 202);
    assert_eq!(
        count(&ec2(&api, "DescribeNetworkInterfaces", &[]).await),
        3,
        "not yet"
    );
    api.pass(3600);
    assert_eq!(count(&ec2(&api, "DescribeNetworkInterfaces", &[]).await), 0);
    assert!(
        !ec2(&api, "DescribeRouteTables", &[])
            .await
            .text()
            .contains("10.4.0.0/16")
    );
    assert_eq!(
        ["interfaces.created", "interfaces.deleted"].map(|one| api.done(one)),
        [1, 1]
    );
}

#[tokio::test]
async fn interfaces_come_in_pages() {
    let api = start().await;
    api.mock.world(|world| {
        let account = world.aws_accounts.get_mut(ACCOUNT).unwrap();
        for number in 1..=7 {
            account.interfaces.push(vmc_mock::world::NetworkInterface {
                id: format!("eni-{number}"),
                subnet: SUBNET.into(),
                address: format!("172.30.1.{}", 10 + number),
                ..Default::default()
            });
        }
    });
    let five = ("MaxResults", "5");
    let reply = ec2(&api, "DescribeNetworkInterfaces", &[five]).await;
    assert_eq!(
        reply.text().matches("<item><networkInterfaceId>").count(),
        5
    );
    let token = reply.xml("nextToken");
    let rest = [five, ("NextToken", token.as_str())];
    let reply = ec2(&api, "DescribeNetworkInterfaces", &rest).await;
    assert_eq!(reply.xml("networkInterfaceId"), "eni-6");
    assert!(reply.xml("nextToken").is_empty());
    let wrong = [("NextToken", "5")];
    let reply = ec2(&api, "DescribeNetworkInterfaces", &wrong).await;
    assert_eq!(reply.xml("Code"), "InvalidParameterValue");
    let few = [("MaxResults", "1")];
    let reply = ec2(&api, "DescribeNetworkInterfaces", &few).await;
    assert_eq!(reply.xml("Code"), "InvalidParameterValue");
}

#[tokio::test]
async fn service_quotas_speak_json() {
    let api = start().await;
    let ask = json!({"ServiceCode": "vpc", "QuotaCode": "L-DF5E4CA3"});
    let value = |reply: Reply| reply.json()["Quota"]["Value"].clone();
    let reply = quota(&api, ACCESS_KEY, "GetServiceQuota", &ask).await;
    assert_eq!(
        reply.header("content-type"),
        Some("application/x-amz-json-1.1")
    );
    assert_eq!(value(reply), 5000.0);
    let change = |change: fn(&mut vmc_mock::world::AwsAccount)| {
        api.mock
            .world(|world| change(world.aws_accounts.get_mut(ACCOUNT).unwrap()));
    };
    change(|account| {
        account.quotas.insert("L-DF5E4CA3".into(), 350.0);
    });
    let reply = quota(&api, ACCESS_KEY, "GetServiceQuota", &ask).await;
    assert_eq!(value(reply), 350.0);
    let reply = quota(&api, ACCESS_KEY, "GetAWSDefaultServiceQuota", &ask).await;
    assert_eq!(value(reply), 5000.0);
    assert_eq!(api.mock.received("quotas.GetAWSDefaultServiceQuota"), 1);

    let kind = |reply: &Reply| (reply.status, reply.json()["__type"].clone());
    let other = json!({"ServiceCode": "vpc", "QuotaCode": "L-0"});
    let reply = quota(&api, ACCESS_KEY, "GetServiceQuota", &other).await;
    assert_eq!(kind(&reply), (400, json!("NoSuchResourceException")));
    let text = "The request failed because the specified quota does not exist.";
    assert_eq!(reply.json()["Message"], text);
    let more = json!({"ServiceCode": "vpc", "QuotaCode": "L-DF5E4CA3", "ContextId": "x"});
    let reply = quota(&api, ACCESS_KEY, "GetServiceQuota", &more).await;
    assert_eq!(kind(&reply), (400, json!("ValidationException")));
    let reply = quota(&api, ACCESS_KEY, "ListServices", &json!({})).await;
    assert_eq!(kind(&reply), (400, json!("UnknownOperationException")));
    let reply = quota(&api, "AKIANOBODY", "GetServiceQuota", &ask).await;
    assert_eq!(kind(&reply), (400, json!("UnrecognizedClientException")));
    change(|account| account.access_keys[0].denied = vec!["servicequotas:GetServiceQuota".into()]);
    let reply = quota(&api, ACCESS_KEY, "GetServiceQuota", &ask).await;
    assert_eq!(kind(&reply), (400, json!("AccessDeniedException")));
}

#[tokio::test]
async fn faults_speak_the_language_of_the_service() {
    let api = start().await;
    let fault = |on: &str| vmc_mock::Fault::on(on).status(503);
    api.mock.fault(fault("ec2.DescribeVpcs")).unwrap();
    let reply = ec2(&api, "DescribeVpcs", &[]).await;
    assert_eq!(
        (reply.status, reply.xml("Code")),
        (503, "Unavailable".into())
    );
    assert!(reply.text().starts_with("<Response>"));
    api.mock.fault(fault("quotas.GetServiceQuota")).unwrap();
    let reply = quota(&api, ACCESS_KEY, "GetServiceQuota", &json!({})).await;
    assert_eq!(reply.json()["__type"], "ServiceUnavailableException");
    assert!(api.mock.faults().iter().all(|rule| rule.fired == 1));
}
