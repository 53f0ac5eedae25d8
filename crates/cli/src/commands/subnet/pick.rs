//! `vmc subnet pick`: one subnet, or none, and never one of several.

use std::collections::BTreeSet;

use clap::Args;
use vmc_api::models::SubnetInfo;

use super::filter::{Filter, in_zone, said};
use super::{columns, usable, zone};
use crate::context::Context;
use crate::error::Error;

/// How many candidates are listed.
const MOST: usize = 8;

/// Arguments of `vmc subnet pick`.
#[derive(Debug, Args)]
pub(crate) struct Pick {
    /// Availability zone, by id (usw2-az1) or by the account's own name
    /// (us-west-2a); twice for MultiAZ
    #[arg(long = "az", value_name = "ZONE")]
    zones: Vec<String>,

    #[command(flatten)]
    filter: Filter,
}

impl Pick {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        match &self.zones[..] {
            [_, _, _, ..] => {
                return Err(Error::usage("an SDDC is in one zone or in two")
                    .hint("Give --az once, or twice for MultiAZ."));
            }
            [one, other] if one.eq_ignore_ascii_case(other) => {
                return Err(Error::usage(format!(
                    "{one} is given twice; a MultiAZ SDDC needs two different zones"
                )));
            }
            _ => {}
        }
        let subnets = self.filter.ask(context).await?;
        let picked = self.pick(&subnets).map_err(|error| {
            error.hint("To see all subnets, and why one cannot be used: vmc subnet list")
        })?;
        context.printer()?.list(&picked, &columns())
    }

    /// The subnet of each zone; the only one without a zone.
    fn pick(&self, subnets: &[SubnetInfo]) -> Result<Vec<SubnetInfo>, Error> {
        let [one, other] = &self.zones[..] else {
            let az = self.zones.first().map(String::as_str);
            let fits = self.fitting(subnets, az);
            return match &fits[..] {
                [] => Err(self.none(subnets, az)),
                [only] => Ok(vec![(*only).clone()]),
                several => Err(self.several(several, az.is_some())),
            };
        };
        let [firsts, seconds] = [one, other].map(|az| self.fitting(subnets, Some(az)));
        for (fits, az) in [(&firsts, one), (&seconds, other)] {
            if fits.is_empty() {
                return Err(self.none(subnets, Some(az)));
            }
        }
        // Two names of one zone would give the same subnet twice.
        if firsts.iter().any(|first| seconds.contains(first)) {
            return Err(Error::usage(format!(
                "{one} and {other} are the same zone; a MultiAZ SDDC needs two"
            )));
        }
        let pairs: Vec<(&SubnetInfo, &SubnetInfo)> = firsts
            .iter()
            .flat_map(|first| seconds.iter().map(move |second| (*first, *second)))
            .filter(|(first, second)| first.vpc_id.is_some() && first.vpc_id == second.vpc_id)
            .collect();
        match &pairs[..] {
            [] => {
                let error = Error::not_found(format!(
                    "no VPC has a usable subnet in {one} and in {other}; a MultiAZ SDDC needs both in one VPC"
                ));
                let all = [firsts, seconds].concat();
                Err(listed(&all, |subnet| {
                    format!("in {}", said(subnet.vpc_id.as_deref(), "VPC"))
                })
                .into_iter()
                .fold(error, Error::hint))
            }
            [(first, second)] => Ok(vec![(*first).clone(), (*second).clone()]),
            several => {
                let mut all: Vec<&SubnetInfo> = Vec::new();
                for subnet in several.iter().flat_map(|(first, second)| [*first, *second]) {
                    if !all.contains(&subnet) {
                        all.push(subnet);
                    }
                }
                Err(self.several(&all, true))
            }
        }
    }

    /// The usable subnets that fit all flags.
    fn fitting<'a>(&self, subnets: &'a [SubnetInfo], az: Option<&str>) -> Vec<&'a SubnetInfo> {
        let fits = |subnet: &&SubnetInfo| self.against(subnet, az).is_empty();
        subnets.iter().filter(fits).collect()
    }

    /// What speaks against a subnet.
    fn against(&self, subnet: &SubnetInfo, az: Option<&str>) -> Vec<String> {
        let mut against = self.filter.misfits(subnet);
        if let Some(az) = az
            && !in_zone(subnet, az)
        {
            against.push(format!("it is in {}", said(zone(subnet), "zone")));
        }
        if !usable(subnet) {
            against.push(match subnet.note.as_deref() {
                Some(note) if !note.is_empty() => format!("not usable: {note}"),
                _ => "not usable; the service does not say why".to_owned(),
            });
        }
        against
    }

    /// Nothing fits: those that nearly do, and what is missing.
    fn none(&self, subnets: &[SubnetInfo], az: Option<&str>) -> Error {
        let wanted = az.map_or_else(String::new, |az| format!(" in {az}"));
        let error = Error::not_found(format!("no usable subnet{wanted} fits"));
        let least = subnets
            .iter()
            .map(|subnet| self.against(subnet, az).len())
            .min();
        let close: Vec<&SubnetInfo> = subnets
            .iter()
            .filter(|subnet| Some(self.against(subnet, az).len()) == least)
            .collect();
        if close.is_empty() {
            return error
                .hint("The service knows of no subnet there. Made one just now? vmc link rescan");
        }
        let rescan = close.iter().any(|subnet| !usable(subnet));
        let error = listed(&close, |subnet| self.against(subnet, az).join("; "))
            .into_iter()
            .fold(error, Error::hint);
        match rescan {
            true => error.hint("If its zone is new to the service: vmc link rescan"),
            false => error,
        }
    }

    /// Several fit: all of them, and the flags that tell them apart.
    fn several(&self, subnets: &[&SubnetInfo], zoned: bool) -> Error {
        let of = match zoned && self.zones.len() == 2 {
            true => "more than one pair of subnets fits",
            false => "more than one subnet fits",
        };
        let error = Error::usage(format!("{of}; none was chosen"));
        let error = listed(subnets, |subnet| {
            let cidr = said(subnet.subnet_cidr_block.as_deref(), "CIDR");
            let vpc = said(subnet.vpc_id.as_deref(), "VPC");
            format!("{}, {cidr}, {vpc}", said(zone(subnet), "zone"))
        })
        .into_iter()
        .fold(error, Error::hint);
        let differ = |of: fn(&SubnetInfo) -> Option<&str>| {
            let values: BTreeSet<_> = subnets.iter().map(|subnet| of(subnet)).collect();
            values.len() > 1
        };
        let mut flags = Vec::new();
        if !zoned && differ(zone) {
            flags.push("--az");
        }
        if self.filter.vpc.is_none() && differ(|subnet| subnet.vpc_id.as_deref()) {
            flags.push("--vpc");
        }
        // One name for two zones cannot tell pairs apart.
        if self.filter.name.is_none()
            && self.zones.len() < 2
            && differ(|subnet| subnet.name.as_deref())
        {
            flags.push("--name");
        }
        if self.filter.region.is_none() && differ(|subnet| subnet.region_name.as_deref()) {
            flags.push("--region");
        }
        error.hint(match flags[..] {
            [] => "No flag tells them apart: name the one you mean to 'vmc sddc create --subnet'."
                .to_owned(),
            _ => format!("To narrow it down: {}", flags.join(", ")),
        })
    }
}

/// One line for each subnet, with what there is to say about it.
fn listed(subnets: &[&SubnetInfo], about: impl Fn(&SubnetInfo) -> String) -> Vec<String> {
    let mut lines: Vec<String> = subnets
        .iter()
        .take(MOST)
        .map(|subnet| {
            let name = match subnet.name.as_deref() {
                Some(name) if !name.is_empty() => format!(" ({name})"),
                _ => String::new(),
            };
            let id = said(subnet.subnet_id.as_deref(), "subnet");
            vmc_http::redact::printable(&format!("{id}{name}: {}", about(subnet)), 300)
        })
        .collect();
    if subnets.len() > MOST {
        lines.push(format!("And {} more.", subnets.len() - MOST));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Class;
    use clap::Parser;
    use serde_json::json;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        pick: Pick,
    }

    /// Subnet `a1` is in VPC `a` and zone `z1`; `!` marks what cannot be used.
    fn subnets(words: &str) -> Vec<SubnetInfo> {
        words
            .split(' ')
            .map(|word| {
                let id = word.trim_end_matches('!');
                serde_json::from_value(json!({
                    "subnet_id": id,
                    "name": format!("n{}", &id[2..]),
                    "vpc_id": &id[..1],
                    "availability_zone_id": format!("z{}", &id[1..2]),
                    "compatible": id.len() == word.len(),
                    "note": "full",
                }))
                .unwrap()
            })
            .collect()
    }

    fn pick(line: &str, there: &str) -> Result<String, (Class, String)> {
        let words = std::iter::once("pick").chain(line.split_whitespace());
        let picked = Line::parse_from(words).pick.pick(&subnets(there));
        let ids = |picked: Vec<SubnetInfo>| {
            let ids = picked.into_iter().filter_map(|subnet| subnet.subnet_id);
            ids.collect::<Vec<_>>().join(" ")
        };
        picked.map(ids).map_err(|error| {
            let text = format!("{error} {}", error.hints().join(" "));
            (Class::of(&error).unwrap(), text)
        })
    }

    #[test]
    fn the_only_one_that_fits_is_picked() {
        let there = "a1x a2x b1y a3x!";
        assert_eq!(pick("--az z2", there).unwrap(), "a2x");
        assert_eq!(pick("--vpc b", there).unwrap(), "b1y");
        assert_eq!(pick("--name NY", there).unwrap(), "b1y");
        assert_eq!(pick("--vpc a --az Z1", there).unwrap(), "a1x");
    }

    #[test]
    fn of_several_none_is_chosen_and_the_flags_that_help_are_named() {
        let (class, text) = pick("--az z1", "a1x b1x").unwrap_err();
        assert_eq!(class, Class::Usage);
        assert!(text.contains("a1x") && text.contains("b1x"), "{text}");
        assert!(text.ends_with("To narrow it down: --vpc"), "{text}");
        let (_, text) = pick("", "a1x a2y").unwrap_err();
        assert!(text.ends_with("--az, --name"), "{text}");
        let (_, text) = pick("--az z1 --name nx --vpc a", "a1x a1x").unwrap_err();
        assert!(text.contains("--subnet"), "{text}");
    }

    #[test]
    fn where_none_fits_the_closest_say_why() {
        let (class, text) = pick("--az z3", "a1x a3x!").unwrap_err();
        assert_eq!(class, Class::NotFound);
        assert!(text.contains("a3x (nx): not usable: full"), "{text}");
        assert!(text.contains("a1x (nx): it is in z1"), "{text}");
        let (_, text) = pick("--az z1 --vpc b", "a1x b2x a2x!").unwrap_err();
        assert!(!text.contains("a2x"), "{text}");
        let (class, text) = pick("", "a1x!").unwrap_err();
        assert_eq!(class, Class::NotFound);
        assert!(text.contains("vmc link rescan"), "{text}");
    }

    #[test]
    fn two_zones_give_one_subnet_each_of_one_vpc_in_the_order_of_the_flags() {
        let two = "--az z2 --az z1";
        assert_eq!(pick(two, "a1x a2x b1x").unwrap(), "a2x a1x");
        let (class, text) = pick(two, "a1x b2x").unwrap_err();
        assert_eq!(class, Class::NotFound);
        assert!(text.contains("a1x (nx): in a"), "{text}");
        let (class, text) = pick(two, "a1x a2x b1x b2x").unwrap_err();
        assert_eq!(class, Class::Usage);
        assert!(text.ends_with("To narrow it down: --vpc"), "{text}");
        assert_eq!(
            pick(&format!("{two} --vpc b"), "a1x a2x b1x b2x").unwrap(),
            "b2x b1x"
        );
        let (_, text) = pick(two, "a1x a2x!").unwrap_err();
        assert!(
            text.contains("in z2 fits") && text.contains("full"),
            "{text}"
        );
    }
}
