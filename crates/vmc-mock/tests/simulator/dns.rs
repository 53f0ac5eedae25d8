//! Names of management VMs.

use crate::clusters::sddc;
use serde_json::{Value, json};

#[tokio::test]
async fn names_lead_to_private_or_public_addresses() {
    let (api, sddc) = sddc().await;
    let shown = async || {
        let document = api.get(&sddc).await.json();
        document["resource_config"]["dns_with_management_vm_private_ip"].clone()
    };
    let none = Value::Null;
    assert_eq!(shown().await, json!(false));
    let task = api.task("PUT", &format!("{sddc}/dns/private"), &none).await;
    assert_eq!(
        (&task["status"], &task["task_type"]),
        (&json!("FINISHED"), &json!("DNS-UPDATE"))
    );
    assert_eq!(shown().await, json!(true));
    api.task("PUT", &format!("{sddc}/dns/public"), &none).await;
    assert_eq!(shown().await, json!(false));
    let vm = |vm: &str, kind: &str| format!("{sddc}/management-vms/{vm}/dns/{kind}");
    api.task("PUT", &vm("VCENTER", "private"), &none).await;
    assert_eq!(shown().await, json!(true));
    api.task("PUT", &vm("nsx", "private"), &none).await;
    assert_eq!(
        api.refused("PUT", &vm("nobody", "private"), &none).await.0,
        404
    );
    assert_eq!(api.refused("PUT", &vm("nsx", "secret"), &none).await.0, 400);
    assert_eq!(api.done("dns.changed"), 4);
}
