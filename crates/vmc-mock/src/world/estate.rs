//! What an SDDC consists of, as far as tasks change it: clusters, hosts, names, addresses.

use super::{Sddc, derived_id};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{borrow::Cow, collections::BTreeSet};

/// The parts of an SDDC that its tasks change. One task at a time works on an SDDC, so a task
/// carries what it will have made of this (see `Then::SddcChanged`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Estate {
    /// Clusters; the first is the primary one, which stays.
    pub clusters: Vec<Cluster>,
    /// How many clusters there ever were: names are not used again.
    pub clusters_made: u64,
    /// How many hosts there ever were: names and ids are not used again.
    pub hosts_made: u64,
    /// Management VMs whose names resolve to private addresses.
    pub private_dns: BTreeSet<String>,
    /// Public addresses of the legacy API.
    pub public_ips: Vec<PublicIp>,
    /// How many of those there ever were: they are not used again.
    pub public_ips_made: u64,
    /// A 1NODE SDDC that was made a normal one.
    pub converted: bool,
}

/// A cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cluster {
    /// UUID.
    pub id: String,
    /// `Cluster-1`, …
    pub name: String,
    /// `DEPLOYING`, `ADDING_HOSTS`, `READY`, `FAILED`.
    pub state: String,
    /// It is being deleted, for which the contract has no state.
    pub leaving: bool,
    /// Type of its hosts.
    pub instance_type: String,
    /// Availability zones; none: those of the SDDC.
    pub zones: Vec<String>,
    /// Hosts.
    pub hosts: Vec<Host>,
    /// CPU cores in use of each host; not set: all.
    pub cores: Option<u64>,
    /// Storage in GiB, if it was chosen.
    pub storage_gib: Option<u64>,
    /// The `MsftLicensingConfig` published last.
    pub msft_license: Value,
    /// The `EdrsPolicy` set last; null: the default one.
    pub edrs: Value,
}

/// A host.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Host {
    /// UUID.
    pub id: String,
    /// Position among all hosts the SDDC ever had, from 0; tells its name and its zone.
    pub number: u64,
    /// `DEPLOYING`, `READY`, `DELETING`, `FAILED`; the API shows the first and third in steps.
    pub state: String,
}

/// A public address of the legacy API.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PublicIp {
    /// `eipalloc-…`: what it is found by.
    pub allocation_id: String,
    /// The address.
    pub public_ip: String,
    /// Name.
    pub name: Option<String>,
    /// The private address it leads to.
    pub private_ip: Option<String>,
}

impl Default for Cluster {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            state: "READY".into(),
            leaving: false,
            instance_type: "i3.metal".into(),
            zones: Vec::new(),
            hosts: Vec::new(),
            cores: None,
            storage_gib: None,
            msft_license: Value::Null,
            edrs: Value::Null,
        }
    }
}

impl Sddc {
    /// What it consists of. An SDDC that no task has changed yet has one cluster, as configured.
    pub fn estate(&self) -> Cow<'_, Estate> {
        if let Some(estate) = &self.estate {
            return Cow::Borrowed(estate);
        }
        let mut estate = Estate::default();
        let primary = Cluster {
            instance_type: self.text("host_instance_type", "i3.metal").into(),
            ..Cluster::default()
        };
        estate.add_cluster(&self.id, primary, self.hosts(), "READY");
        Cow::Owned(estate)
    }
}

impl Estate {
    /// The cluster with this id.
    pub fn cluster(&self, id: &str) -> Option<&Cluster> {
        self.clusters.iter().find(|cluster| cluster.id == id)
    }

    /// The cluster with this id, to be changed.
    pub fn cluster_mut(&mut self, id: &str) -> Option<&mut Cluster> {
        self.clusters.iter_mut().find(|cluster| cluster.id == id)
    }

    /// How many hosts there are in all clusters.
    pub fn hosts(&self) -> u64 {
        self.clusters.iter().map(Cluster::size).sum()
    }

    /// Adds a cluster with new hosts; answers its id.
    pub(crate) fn add_cluster(
        &mut self,
        sddc: &str,
        mut cluster: Cluster,
        hosts: u64,
        state: &str,
    ) -> String {
        self.clusters_made += 1;
        let id = derived_id(sddc, &format!("cluster-{}", self.clusters_made));
        cluster.id.clone_from(&id);
        cluster.name = format!("Cluster-{}", self.clusters_made);
        state.clone_into(&mut cluster.state);
        self.clusters.push(cluster);
        self.add_hosts(sddc, &id, hosts, state);
        id
    }

    /// Adds new hosts to a cluster; answers their ids.
    pub(crate) fn add_hosts(
        &mut self,
        sddc: &str,
        cluster: &str,
        count: u64,
        state: &str,
    ) -> Vec<String> {
        let first = self.hosts_made;
        self.hosts_made += count;
        let hosts: Vec<Host> = (first..self.hosts_made)
            .map(|number| Host {
                id: derived_id(sddc, &format!("esx-{number}")),
                number,
                state: state.into(),
            })
            .collect();
        let ids = hosts.iter().map(|host| host.id.clone()).collect();
        if let Some(cluster) = self.cluster_mut(cluster) {
            cluster.hosts.extend(hosts);
        }
        ids
    }

    /// With everything that was under way done.
    pub(crate) fn completed(&self) -> Self {
        let mut estate = self.clone();
        estate.clusters.retain(|cluster| !cluster.leaving);
        for cluster in &mut estate.clusters {
            cluster.hosts.retain(|host| host.state != "DELETING");
            if ["DEPLOYING", "ADDING_HOSTS"].contains(&cluster.state.as_str()) {
                cluster.state = "READY".into();
                set_hosts(cluster, "DEPLOYING", "READY");
            }
        }
        estate
    }

    /// With everything that was under way given up. A new cluster stays, FAILED, to be deleted.
    pub(crate) fn abandoned(&self) -> Self {
        let mut estate = self.clone();
        for cluster in &mut estate.clusters {
            cluster.leaving = false;
            let back = match cluster.state.as_str() {
                "FAILED" => "FAILED",
                _ => "READY",
            };
            set_hosts(cluster, "DELETING", back);
            match cluster.state.as_str() {
                "DEPLOYING" => {
                    cluster.state = "FAILED".into();
                    set_hosts(cluster, "DEPLOYING", "FAILED");
                }
                "ADDING_HOSTS" => {
                    cluster.state = "READY".into();
                    cluster.hosts.retain(|host| host.state != "DEPLOYING");
                }
                _ => {}
            }
        }
        estate
    }
}

fn set_hosts(cluster: &mut Cluster, from: &str, to: &str) {
    for host in cluster.hosts.iter_mut().filter(|host| host.state == from) {
        to.clone_into(&mut host.state);
    }
}

impl Cluster {
    /// How many hosts it has.
    pub fn size(&self) -> u64 {
        u64::try_from(self.hosts.len()).unwrap_or(u64::MAX)
    }
}
