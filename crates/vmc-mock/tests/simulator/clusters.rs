//! Clusters and hosts.

use crate::wire::{Api, Reply, with};
use serde_json::{Value, json};
use vmc_mock::{
    Mock,
    world::{ORG_ID, Plan},
};

/// A READY SDDC of two hosts, and its path.
pub(crate) async fn sddc() -> (Api, String) {
    sddc_of(|_| {}).await
}

/// The same, with another configuration.
pub(crate) async fn sddc_of(change: impl FnOnce(&mut Value)) -> (Api, String) {
    let settings = |settings: &mut vmc_mock::Settings| settings.access_token_seconds = 10_000_000;
    let api = with(Mock::builder().settings(settings)).await;
    let id = api.mock.world(|world| {
        let id = world.add_sddc(ORG_ID, "a");
        change(&mut world.sddcs.get_mut(&id).unwrap().config);
        id
    });
    (api, format!("sddcs/{id}"))
}

impl Api {
    /// Starts a task, lets an hour pass, answers what became of it.
    pub(crate) async fn task(&self, method: &str, path: &str, body: &Value) -> Value {
        let reply = self.org(method, path, body).await;
        let task = reply.json();
        assert!((200..300).contains(&reply.status), "{task}");
        self.pass(3600);
        let path = format!("tasks/{}", task["id"].as_str().unwrap());
        self.get(&path).await.json()
    }

    pub(crate) async fn refused(&self, method: &str, path: &str, body: &Value) -> (u16, String) {
        let reply: Reply = self.org(method, path, body).await;
        (reply.status, reply.message())
    }

    async fn clusters(&self, sddc: &str) -> Vec<(String, String, usize)> {
        let document = self.get(sddc).await.json();
        let all = document["resource_config"]["clusters"].as_array().unwrap();
        let row = |cluster: &Value| {
            let text = |name: &str| cluster[name].as_str().unwrap().to_owned();
            let hosts = cluster["esx_host_list"].as_array().unwrap().len();
            (text("cluster_id"), text("cluster_state"), hosts)
        };
        let clusters: Vec<_> = all.iter().map(row).collect();
        let hosts = document["resource_config"]["esx_hosts"].as_array().unwrap();
        let sum: usize = clusters.iter().map(|(_, _, hosts)| hosts).sum();
        assert_eq!(hosts.len(), sum, "both lists say the same");
        clusters
    }

    async fn hosts(&self, sddc: &str, field: &str) -> Vec<String> {
        let document = self.get(sddc).await.json();
        let hosts = document["resource_config"]["esx_hosts"]
            .as_array()
            .unwrap()
            .clone();
        let text = |host: &Value| host[field].as_str().unwrap().to_owned();
        hosts.iter().map(text).collect()
    }
}

#[tokio::test]
async fn a_cluster_comes_and_goes() {
    let (api, sddc) = sddc().await;
    let clusters = format!("{sddc}/clusters");
    let primary = api.clusters(&sddc).await[0].0.clone();
    let reply = api.org("POST", &clusters, &json!({"num_hosts": 3})).await;
    assert_eq!(reply.status, 201);
    let task = reply.json();
    let id = task["params"]["clusterId"].as_str().unwrap().to_owned();
    assert_eq!(task["task_type"], "CLUSTER-CREATE");
    assert_eq!(
        format!("sddcs/{}", task["resource_id"].as_str().unwrap()),
        sddc
    );
    assert_eq!(
        api.clusters(&sddc).await[1],
        (id.clone(), "DEPLOYING".into(), 3)
    );
    assert_eq!(api.done("cluster.created"), 0);
    // One at a time.
    for (method, path) in [("POST", &clusters), ("DELETE", &sddc)] {
        let body = match method {
            "POST" => json!({"num_hosts": 3}),
            _ => Value::Null,
        };
        let (status, said) = api.refused(method, path, &body).await;
        assert_eq!(status, 400);
        assert!(said.contains(task["id"].as_str().unwrap()), "{said}");
    }
    api.pass(3600);
    let now = api.clusters(&sddc).await;
    assert_eq!(now[1], (id.clone(), "READY".into(), 3));
    assert_eq!(
        (now[0].0.as_str(), api.done("cluster.created")),
        (primary.as_str(), 1)
    );

    let (status, said) = api
        .refused("DELETE", &format!("{clusters}/{primary}"), &Value::Null)
        .await;
    assert_eq!(status, 400);
    assert!(said.contains("primary"), "{said}");
    let path = format!("{clusters}/{id}");
    let task = api.task("DELETE", &path, &Value::Null).await;
    assert_eq!(
        (&task["status"], &task["task_type"]),
        (&json!("FINISHED"), &json!("CLUSTER-DELETE"))
    );
    assert_eq!(api.clusters(&sddc).await.len(), 1);
    assert_eq!(api.refused("DELETE", &path, &Value::Null).await.0, 404);
    let task = api.task("POST", &clusters, &json!({"num_hosts": 2})).await;
    assert_ne!(
        task["params"]["clusterId"],
        json!(id),
        "ids are not used again"
    );
    assert_eq!(
        api.hosts(&sddc, "name").await,
        ["esx-0", "esx-1", "esx-5", "esx-6"]
    );
}

#[tokio::test]
async fn hosts_come_in_steps_and_go() {
    let (api, sddc) = sddc().await;
    let esxs = format!("{sddc}/esxs");
    let before = api.hosts(&sddc, "esx_id").await;
    let reply = api.org("POST", &esxs, &json!({"num_hosts": 2})).await;
    assert_eq!(
        (reply.status, &reply.json()["task_type"]),
        (201, &json!("ESX-ADD"))
    );
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(api.hosts(&sddc, "esx_state").await[3].clone());
        api.pass(5 * 60);
    }
    assert_eq!(seen, ["DEPLOYING", "DEPLOYING", "PROVISIONED", "READY"]);
    let ids = api.hosts(&sddc, "esx_id").await;
    assert_eq!(ids[..2], before[..], "the others keep their ids");
    assert_eq!(api.done("hosts.added"), 1);

    let body = json!({"num_hosts": 1, "esxs": [ids[1]]});
    let remove = format!("{esxs}?action=remove");
    assert_eq!(api.org("POST", &remove, &body).await.status, 201);
    assert_eq!(
        api.hosts(&sddc, "esx_state").await[1],
        "DELETING_FROM_VCENTER"
    );
    api.pass(3600);
    let left = [&ids[0], &ids[2], &ids[3]].map(Clone::clone);
    assert_eq!(api.hosts(&sddc, "esx_id").await, left);
    api.task("POST", &remove, &json!({"num_hosts": 1})).await;
    assert_eq!(
        api.hosts(&sddc, "esx_id").await,
        left[..2],
        "the newest goes"
    );
    assert_eq!(api.done("hosts.removed"), 2);
}

#[tokio::test]
async fn rules_of_clusters_and_hosts() {
    let (api, sddc) = sddc().await;
    let host = api.hosts(&sddc, "esx_id").await[0].clone();
    let none = "00000000-0000-0000-0000-000000000000";
    let (clusters, esxs) = (format!("{sddc}/clusters"), format!("{sddc}/esxs"));
    let action = |action: &str| format!("{esxs}?action={action}");
    for (path, body, status, said) in [
        (clusters.clone(), json!({"num_hosts": 1}), 400, "at least 2"),
        (
            clusters.clone(),
            json!({"num_hosts": 17}),
            400,
            "at most 16",
        ),
        (clusters.clone(), json!({"num_hosts": -1}), 400, "num_hosts"),
        (
            clusters.clone(),
            json!({"num_hosts": 2, "storage_capacity": -1}),
            400,
            "-1 GiB",
        ),
        (
            clusters.clone(),
            json!({"num_hosts": 2, "host_cpu_cores_count": 0}),
            400,
            "cores",
        ),
        (clusters.clone(), json!({"hosts": 3}), 400, "'hosts'"),
        (
            clusters.clone(),
            json!({"num_hosts": 2, "host_instance_type": "i3en.metal"}),
            400,
            "i3en",
        ),
        (
            clusters.clone(),
            json!({"num_hosts": 2, "availability_zones": ["mars-1a"]}),
            400,
            "mars-1a",
        ),
        (esxs.clone(), json!({"num_hosts": 15}), 400, "at most 16"),
        (
            esxs.clone(),
            json!({"num_hosts": 1, "cluster_id": none}),
            404,
            none,
        ),
        (
            esxs.clone(),
            json!({"num_hosts": 1, "availability_zone": "us-west-2a"}),
            403,
            "operators",
        ),
        (
            esxs.clone(),
            json!({"num_hosts": 1, "esxs": [host]}),
            400,
            "esxs",
        ),
        (
            action("force-remove"),
            json!({"num_hosts": 1}),
            403,
            "operators",
        ),
        (action("explode"), json!({"num_hosts": 1}), 400, "explode"),
        (action("remove"), json!({"num_hosts": 1}), 400, "at least 2"),
        (
            action("remove"),
            json!({"num_hosts": 1, "esxs": [none]}),
            404,
            none,
        ),
    ] {
        let (got, message) = api.refused("POST", &path, &body).await;
        assert_eq!(got, status, "{path} {body}: {message}");
        assert!(message.contains(said), "{path} {body}: {message}");
    }
    assert_eq!(api.done("task.started"), 0);
    let unknown = format!("sddcs/{none}/clusters");
    assert_eq!(
        api.refused("POST", &unknown, &json!({"num_hosts": 2}))
            .await
            .0,
        404
    );
    for state in ["DELETED", "FAILED"] {
        api.mock.world(|world| {
            world
                .sddcs
                .iter_mut()
                .for_each(|sddc| sddc.state = state.into());
        });
        let (status, said) = api.refused("POST", &esxs, &json!({"num_hosts": 1})).await;
        assert_eq!(status, 400);
        assert!(said.contains(state), "{said}");
    }
}

#[tokio::test]
async fn two_zones_mean_pairs() {
    let (api, sddc) = sddc_of(|config| {
        config["deployment_type"] = json!("MultiAZ");
        config["num_hosts"] = json!(4);
    })
    .await;
    let esxs = format!("{sddc}/esxs");
    let ids = api.hosts(&sddc, "esx_id").await;
    assert_eq!(
        api.refused("POST", &esxs, &json!({"num_hosts": 1})).await.0,
        400
    );
    let remove = format!("{esxs}?action=remove");
    let same_zone = json!({"num_hosts": 2, "esxs": [ids[0], ids[2]]});
    let (status, said) = api.refused("POST", &remove, &same_zone).await;
    assert_eq!(status, 400);
    assert!(said.contains("each zone"), "{said}");
    let pair = json!({"num_hosts": 2, "esxs": [ids[0], ids[3]]});
    api.task("POST", &remove, &pair).await;
    assert_eq!(api.hosts(&sddc, "esx_id").await, ids[1..3]);
}

#[tokio::test]
async fn what_comes_to_nothing_leaves_things_as_they_were() {
    let (api, sddc) = sddc().await;
    let before = api.hosts(&sddc, "esx_id").await;
    for task_type in ["ESX-ADD", "CLUSTER-CREATE"] {
        api.mock.world(|world| {
            world.plan(Plan::TaskFails {
                task_type: task_type.into(),
                at_percent: 50,
                message: "No capacity.".into(),
            });
        });
    }
    let task = api
        .task("POST", &format!("{sddc}/esxs"), &json!({"num_hosts": 1}))
        .await;
    assert_eq!(
        (&task["status"], &task["error_message"]),
        (&json!("FAILED"), &json!("No capacity."))
    );
    assert_eq!(api.hosts(&sddc, "esx_id").await, before);
    let clusters = format!("{sddc}/clusters");
    let task = api.task("POST", &clusters, &json!({"num_hosts": 2})).await;
    let id = task["params"]["clusterId"].as_str().unwrap();
    assert_eq!(api.clusters(&sddc).await[1].1, "FAILED");
    let body = json!({"num_hosts": 1, "cluster_id": id});
    for path in [format!("{sddc}/esxs"), format!("{sddc}/esxs?action=remove")] {
        let (status, said) = api.refused("POST", &path, &body).await;
        assert_eq!(status, 400);
        assert!(said.contains("only be deleted"), "{said}");
    }
    api.task("DELETE", &format!("{clusters}/{id}"), &Value::Null)
        .await;
    assert_eq!(api.hosts(&sddc, "esx_id").await, before);
    assert_eq!(
        (api.done("cluster.created"), api.done("cluster.deleted")),
        (0, 1)
    );
}

#[tokio::test]
async fn a_canceled_task_frees_the_sddc() {
    let (api, sddc) = sddc().await;
    api.mock.settings(|settings| settings.busy_status = 409);
    let before = api.hosts(&sddc, "esx_id").await;
    let (esxs, one) = (format!("{sddc}/esxs"), json!({"num_hosts": 1}));
    let task = api.org("POST", &esxs, &one).await.json();
    let cancel = format!("tasks/{}?action=cancel", task["id"].as_str().unwrap());
    api.org("POST", &cancel, &Value::Null).await;
    assert_eq!(api.hosts(&sddc, "esx_id").await.len(), 3, "not at once");
    assert_eq!(api.refused("POST", &esxs, &one).await.0, 409);
    api.pass(61);
    assert_eq!(api.hosts(&sddc, "esx_id").await, before);
    let again = api.task("POST", &esxs, &one).await;
    assert_eq!(
        (&again["status"], api.done("hosts.added")),
        (&json!("FINISHED"), 1)
    );
    assert_eq!(api.done("sddc.changing"), 2);
}

#[tokio::test]
async fn storage_license_and_the_primary_cluster() {
    let (api, sddc) = sddc().await;
    let primary = api.get(&format!("{sddc}/primarycluster")).await.json();
    let cluster = format!(
        "{sddc}/clusters/{}",
        primary["cluster_id"].as_str().unwrap()
    );
    let constraints = api
        .get(&format!(
            "{cluster}/config/constraints?expected_num_hosts=3"
        ))
        .await;
    let constraints = constraints.json();
    let bias = constraints["default_reconfig_bias_id"].as_str().unwrap();
    let size = &constraints["available_capacities"][bias][1]["size"];
    let reconfigure = format!("{cluster}/reconfigure");
    let body = json!({"num_hosts": 3, "bias": bias, "storage_capacity": size});
    let task = api.task("POST", &reconfigure, &body).await;
    assert_eq!(task["task_type"], "CLUSTER-RECONFIGURE");
    let body = json!({"num_hosts": 3, "storage_capacity": 1});
    assert_eq!(api.refused("POST", &reconfigure, &body).await.0, 400);
    let license = json!({"windows_licensing": "ENABLED", "mssql_licensing": "DISABLED"});
    let publish = format!("{cluster}/msft-licensing/publish");
    assert_eq!(
        api.task("POST", &publish, &license).await["task_type"],
        "MSFT-LICENSING"
    );
    let primary = api.get(&format!("{sddc}/primarycluster")).await.json();
    assert_eq!(primary["cluster_capacity"]["storage_capacity_gib"], *size);
    assert_eq!(primary["msft_license_config"], license);
    assert_eq!(primary["esx_host_list"].as_array().unwrap().len(), 3);
    let precheck = format!("{sddc}/add-hosts-precheck");
    let task = api.task("POST", &precheck, &json!({"num_hosts": 2})).await;
    assert_eq!(
        (&task["status"], &task["task_type"]),
        (&json!("FINISHED"), &json!("ADD-HOSTS-PRECHECK"))
    );
    assert_eq!(
        api.refused("POST", &precheck, &json!({"num_hosts": 20}))
            .await
            .0,
        400
    );
    let (status, _) = api
        .refused(
            "GET",
            "storage/cluster-constraints?provider=AWS&num_hosts=1",
            &Value::Null,
        )
        .await;
    assert_eq!(status, 400);
    assert_eq!(
        api.done("hosts.added") + api.done("cluster.reconfigured"),
        1
    );
}
