//! `cargo xtask demo`: the whole job against the simulator.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use crate::simulator::Simulator;
use crate::{Done, project};

/// Two simulated hours in about four seconds.
const SPEED: u32 = 2000;

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
        simulator: Simulator::start("demo", SPEED)?,
        vmc: project::program("debug", "vmc"),
    };
    println!(
        "\
VMware Cloud on AWS, simulated on this machine: nothing leaves it and nothing
is charged. Hours of the simulated world take seconds.
"
    );
    let start = Instant::now();
    story(&stage)?;
    println!(
        "\nDone in {:.0} seconds. The simulator has been stopped.",
        start.elapsed().as_secs_f64()
    );
    Ok(())
}

fn story(stage: &Stage) -> Done {
    stage.heading("Sign in. The token comes from a file, never from an argument.");
    stage.sign_in()?;
    stage.vmc(&["org", "list"], 0)?;

    stage.heading("Link the organization to the AWS account: one command, whatever is there.");
    stage.vmc(&["link", "up", "--yes"], 0)?;

    stage.heading("Again: it looks first, and there is nothing to do.");
    stage.vmc(&["link", "up", "--yes"], 0)?;
    Ok(())
}

struct Stage {
    simulator: Simulator,
    vmc: PathBuf,
}

impl Stage {
    fn heading(&self, text: &str) {
        println!("\n# {text}");
    }

    /// Signs in with the simulator's token, from a file.
    fn sign_in(&self) -> Done {
        let token = self
            .simulator
            .file("token", self.simulator.variable("VMC_API_TOKEN")?)?;
        let mut command = self.command(&["auth", "login", "--with-token"]);
        println!("$ {} < token", project::shown(&command));
        self.expect(command.stdin(File::open(token)?), 0).map(drop)
    }

    /// Shows a command, runs it, and gives what it printed.
    fn vmc(&self, args: &[&str], code: i32) -> Done<String> {
        let mut command = self.command(args);
        println!("$ {}", project::shown(&command));
        self.expect(command.stdin(Stdio::null()), code)
    }

    /// The token is not in the environment: the demo signs in with it.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.simulator.vmc(&self.vmc, &["VMC_API_TOKEN"]);
        command.args(args);
        command
    }

    fn expect(&self, command: &mut Command, code: i32) -> Done<String> {
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut printed = String::new();
        for line in child
            .stdout
            .take()
            .into_iter()
            .flat_map(|out| BufReader::new(out).lines())
        {
            let line = line?;
            println!("{line}");
            printed.push_str(&line);
            printed.push('\n');
        }
        let status = child.wait()?;
        if status.code() == Some(code) {
            Ok(printed)
        } else {
            Err(format!(
                "{}: expected exit code {code}, got {status}",
                project::shown(command)
            )
            .into())
        }
    }
}
