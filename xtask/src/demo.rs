//! `cargo xtask demo`: the whole job against the simulator.

use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;
use std::{env, io};

use crate::simulator::Simulator;
use crate::{Done, project};

/// Two simulated hours in about four seconds.
const SPEED: u32 = 2000;

const REGION: &str = "us-west-2";

/// The one of the SDDC, and one on premises.
const VCENTERS: &[&str] = &["cloud:8.0.3", "onprem:7.0.3:on-premises"];

/// Builds the programs and plays the demo.
pub(crate) fn run() -> Done<ExitCode> {
    eprintln!("building vmc and vmc-mock, the first time takes a few minutes");
    project::run(&mut build())?;
    play()?;
    Ok(ExitCode::SUCCESS)
}

/// What builds the programs of the demo.
pub(crate) fn build() -> Command {
    let mut cargo = project::cargo();
    cargo.args(["build", "--package", "vmc-cli", "--package", "vmc-mock"]);
    cargo
}

/// Plays the demo with the programs as they were last built.
pub(crate) fn play() -> Done {
    let stage = Stage {
        simulator: Simulator::start("demo", SPEED, VCENTERS)?,
        vmc: project::program("debug", "vmc"),
    };
    println!(
        "\
An administrator's first day with VMware Cloud on AWS, simulated on this
machine: nothing leaves it, nothing is paid for, and hours take seconds."
    );
    let start = Instant::now();
    story(&stage)?;
    println!(
        "\nThat took {:.0?}. The simulator is gone, and so are its files.",
        start.elapsed()
    );
    println!("Next: README.md has the tour for a real organization.");
    Ok(())
}

fn story(stage: &Stage) -> Done {
    stage.chapter("Sign in. The token comes from a file, never from an argument.");
    stage.sign_in()?;
    stage.show(&["org", "list"])?;

    stage.chapter("Link the organization to an AWS account: one command.");
    stage.show(&["link", "up"])?;

    stage.chapter("Run it again: it looks at what is there first.");
    stage.show(&["link", "up"])?;

    stage.chapter("Which subnets can an SDDC be connected to?");
    let subnets = stage.ask(&["subnet", "list", "--region", REGION, "--compatible"])?;
    let subnet = word(&subnets, |word| word.starts_with("subnet-"))?;

    stage.chapter("Create an SDDC in the first of them. That takes two hours, so do not wait.");
    #[rustfmt::skip]
    let created = stage.ask(&[
        "sddc", "create", "--name", "demo", "--region", REGION, "--hosts", "3",
        "--subnet", subnet, "--vpc-cidr", "10.2.0.0/16", "--no-wait",
    ])?;
    let task = word(&created, is_uuid)?;

    stage.chapter("Watch its task, from here or from any other machine.");
    stage.show(&["task", "wait", task, "--poll-interval", "400ms"])?;

    stage.chapter("There it is.");
    stage.show(&["sddc", "show", "demo"])?;
    hybrid(stage)
}

/// Hybrid Linked Mode, from the first look to unlinking.
fn hybrid(stage: &Stage) -> Done {
    let url = stage.simulator.variable("VMC_MOCK_VCENTER_ONPREM_URL")?;
    let psc = url.trim_start_matches("https://");
    let password = stage
        .simulator
        .variable("VMC_MOCK_VCENTER_ONPREM_PASSWORD")?;
    stage.simulator.file("psc.txt", password)?;

    stage.chapter("Hybrid Linked Mode: look at the certificate of the vCenter on premises first.");
    stage.show(&["cert", "show", psc])?;

    stage.chapter("Does anything stand in the way of a link? URL and password of the cloud's vCenter come from the SDDC.");
    let side = [
        "--sddc",
        "demo",
        "--psc",
        psc,
        "--psc-password-file",
        "psc.txt",
    ];
    let groups = ["--admin-group", "admins@corp.example"];
    stage.show(
        &[
            &["hlm", "check"],
            &side[..],
            &groups,
            &["--poll-interval", "100ms"],
        ]
        .concat(),
    )?;

    stage.chapter("Nothing does. Link them.");
    stage.show(&[&["hlm", "link"], &side[..], &groups].concat())?;
    stage.show(&["hlm", "list", "--sddc", "demo"])?;

    stage.chapter("Undo it.");
    #[rustfmt::skip]
    let unlink = [
        "hlm", "unlink", "vsphere.local", "--sddc", "demo", "--yes",
        "--psc-password-file", "psc.txt",
    ];
    stage.show(&unlink)
}

/// The first word of a text that is of some kind.
fn word(text: &str, is: impl Fn(&str) -> bool) -> Done<&str> {
    let mut words = text.split(|c: char| c.is_whitespace() || c == '"');
    let found = words.find(|word| is(word));
    found.ok_or_else(|| "the last command did not print what the next one needs".into())
}

fn is_uuid(word: &str) -> bool {
    word.len() == 36 && word.bytes().filter(|byte| *byte == b'-').count() == 4
}

struct Stage {
    simulator: Simulator,
    vmc: PathBuf,
}

impl Stage {
    fn chapter(&self, why: &str) {
        println!("\n{}", bold(&format!("# {why}")));
    }

    /// Signs in with the simulator's token, from a file.
    fn sign_in(&self) -> Done {
        let token = self.simulator.variable("VMC_API_TOKEN")?;
        let token = self.simulator.file("token.txt", token)?;
        let mut vmc = self.command(&["auth", "login", "--with-token"]);
        announce(&format!("{} < token.txt", project::shown(&vmc)));
        project::run(vmc.stdin(File::open(token)?))
    }

    /// Shows a command and runs it.
    fn show(&self, args: &[&str]) -> Done {
        let mut vmc = self.command(args);
        announce(&project::shown(&vmc));
        project::run(&mut vmc)
    }

    /// As [`Stage::show`]; gives what it printed.
    fn ask(&self, args: &[&str]) -> Done<String> {
        let mut vmc = self.command(args);
        announce(&project::shown(&vmc));
        let mut child = vmc.stdout(Stdio::piped()).spawn()?;
        let mut printed = String::new();
        for line in child
            .stdout
            .take()
            .into_iter()
            .flat_map(|out| BufReader::new(out).lines())
        {
            let line = line?;
            println!("{line}");
            printed = printed + &line + "\n";
        }
        let status = child.wait()?;
        if status.success() {
            Ok(printed)
        } else {
            Err(format!("{} failed ({status})", project::shown(&vmc)).into())
        }
    }

    /// Without the token in the environment: the demo signs in with it.
    fn command(&self, args: &[&str]) -> Command {
        let mut vmc = self.simulator.vmc(&self.vmc, &["VMC_API_TOKEN"]);
        vmc.args(args).stdin(Stdio::null());
        vmc
    }
}

fn announce(line: &str) {
    println!("{}", bold(&format!("$ {}", wrapped(line))));
}

/// A long command over several lines, as one would write it in a script:
/// broken before its flags.
fn wrapped(line: &str) -> String {
    const WIDTH: usize = 76;
    let mut parts = line.split(" --");
    let mut text = parts.next().unwrap_or_default().to_owned();
    let mut column = text.len();
    for part in parts {
        let length = part.len() + " --".len();
        if column + length > WIDTH {
            text.push_str(" \\\n   ");
            column = 3;
        }
        text.push_str(" --");
        text.push_str(part);
        column += length;
    }
    text
}

/// In bold, where somebody looks.
fn bold(text: &str) -> String {
    let plain = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if plain || !io::stdout().is_terminal() {
        return text.to_owned();
    }
    format!("\x1b[1m{text}\x1b[0m")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_commands_fit_into_80_columns() {
        let line = "vmc sddc create --name demo ".repeat(6);
        let text = wrapped(line.trim_end());
        assert!(text.lines().count() > 1);
        assert!(text.lines().all(|line| line.len() <= 78), "{text}");
        assert_eq!(text.replace(" \\\n   ", ""), line.trim_end());
    }

    #[test]
    fn words_are_found_in_what_was_printed() {
        let text = "SUBNET  NAME\nsubnet-0a1b  a\nsubnet-0a1c  b\n";
        assert_eq!(
            word(text, |word| word.starts_with("subnet-")).unwrap(),
            "subnet-0a1b"
        );
        let id = "d0d3213f-7e49-5886-9d3d-d25fd22bf669";
        assert_eq!(word(&format!("{{\"id\": \"{id}\"}}"), is_uuid).unwrap(), id);
        assert!(word(text, is_uuid).is_err());
    }
}
