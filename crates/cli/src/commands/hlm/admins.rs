//! `vmc hlm admins`: groups with the rights of a cloud administrator.

use clap::{Args, Subcommand};
use vcenter_hlm::{
    AddAdministrator, AdministratorBody, AdministratorsSetBody, RemoveAdministrator,
    SetAdministrators,
};

use super::here::HereArgs;
use super::link::must_be_groups;
use super::{act, credentials_help};
use crate::args::DryRunArg;
use crate::context::Context;
use crate::dry_run;
use crate::error::Error;
use crate::output::{Cell, Column};

/// Verbs of `vmc hlm admins`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the groups
    #[command(visible_alias = "ls", after_help = credentials_help!("\
Examples:
  vmc hlm admins list --sddc lab"))]
    List(List),
    /// Add groups
    #[command(after_help = credentials_help!("\
Examples:
  vmc hlm admins add cloudadmins@example.com --sddc lab
  vmc hlm admins add 'CORP\\Cloud Admins' --sddc lab --dry-run"))]
    Add(Change),
    /// Remove groups
    #[command(after_help = credentials_help!("\
Examples:
  vmc hlm admins remove cloudadmins@example.com --sddc lab"))]
    Remove(Change),
    /// Replace all groups by these
    #[command(after_help = credentials_help!("\
Examples:
  vmc hlm admins set cloudadmins@example.com ops@example.com --sddc lab"))]
    Set(Change),
}

/// Arguments of `vmc hlm admins list`.
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    here: HereArgs,
}

/// Arguments of `vmc hlm admins add`, `remove` and `set`.
#[derive(Debug, Args)]
pub(crate) struct Change {
    /// Group: group@domain or 'DOMAIN\group'
    #[arg(value_name = "GROUP", required = true)]
    groups: Vec<String>,

    #[command(flatten)]
    dry_run: DryRunArg,

    #[command(flatten)]
    here: HereArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Add,
    Remove,
    Set,
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::List(command) => {
                let here = command.here.read(context).await?;
                let groups = here.session(context, |vcenter| async move {
                    Ok(vcenter.administrators().get().await?)
                });
                print(context, &groups.await?)
            }
            Self::Add(command) => command.run(context, Verb::Add).await,
            Self::Remove(command) => command.run(context, Verb::Remove).await,
            Self::Set(command) => command.run(context, Verb::Set).await,
        }
    }
}

impl Change {
    async fn run(self, context: &Context, verb: Verb) -> Result<(), Error> {
        must_be_groups(&self.groups)?;
        let here = self.here.read(context).await?;
        let find_out = self.here.again(context, "vmc hlm admins list");
        let (wanted, dry) = (&self.groups, self.dry_run.dry_run);
        let work = |vcenter: vcenter_hlm::VCenter| async move {
            let admins = vcenter.administrators();
            let before = admins.get().await?;
            let todo = verb.todo(&before, wanted);
            if todo.is_empty() || dry {
                return Ok((before, todo));
            }
            let change = async {
                match verb {
                    Verb::Set => admins.set(todo.iter().cloned()).await?,
                    Verb::Add => {
                        for group in &todo {
                            admins.add(group).await?;
                        }
                    }
                    Verb::Remove => {
                        for group in &todo {
                            admins.remove(group).await?;
                        }
                    }
                }
                admins.get().await
            };
            let after = act(context, "the change", &find_out, change).await?;
            Ok((after, todo))
        };
        let (groups, todo) = here.session(context, work).await?;
        if todo.is_empty() {
            context.say("That is so already. Nothing to do.");
        } else if dry {
            return dry_run::show_all(context, &verb.requests(&todo)?);
        }
        print(context, &groups)
    }
}

impl Verb {
    /// The groups that have to be named in requests.
    fn todo(self, before: &[String], wanted: &[String]) -> Vec<String> {
        let has =
            |list: &[String], group: &str| list.iter().any(|one| one.eq_ignore_ascii_case(group));
        let mut groups: Vec<String> = Vec::new();
        for group in wanted {
            if !has(&groups, group) {
                groups.push(group.clone());
            }
        }
        match self {
            Self::Add => groups.retain(|group| !has(before, group)),
            Self::Remove => groups.retain(|group| has(before, group)),
            Self::Set if groups.len() == before.len() => {
                if groups.iter().all(|group| has(before, group)) {
                    groups.clear();
                }
            }
            Self::Set => {}
        }
        groups
    }

    fn requests(self, groups: &[String]) -> Result<Vec<serde_json::Value>, Error> {
        let body = |group: &String| AdministratorBody::new(group);
        match self {
            Self::Add => groups
                .iter()
                .map(|group| dry_run::request_of(&AddAdministrator::new(body(group))))
                .collect(),
            Self::Remove => groups
                .iter()
                .map(|group| dry_run::request_of(&RemoveAdministrator::new(body(group))))
                .collect(),
            Self::Set => {
                let all = AdministratorsSetBody::new(groups.to_vec());
                Ok(vec![dry_run::request_of(&SetAdministrators::new(all))?])
            }
        }
    }
}

fn print(context: &Context, groups: &[String]) -> Result<(), Error> {
    let column = Column::new("Group", |group: &String| Cell::new(group)).id();
    context.printer()?.list(groups, &[column])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_different_is_sent() {
        let list =
            |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
        for (verb, wanted, todo) in [
            (Verb::Add, "A@x b@x B@x", "b@x"),
            (Verb::Remove, "A@x b@x", "A@x"),
            (Verb::Set, "c@x A@x", ""),
            (Verb::Set, "a@x", "a@x"),
            (Verb::Set, "a@x b@x", "a@x b@x"),
        ] {
            assert_eq!(
                verb.todo(&list("a@x c@x"), &list(wanted)),
                list(todo),
                "{verb:?} {wanted}"
            );
        }
    }
}
