//! Runs the program `vmc` as its users do: as a process.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// An invocation that is being put together.
pub struct Vmc {
    command: Command,
    stdin: Option<String>,
    line: String,
}

/// A finished invocation.
#[derive(Debug)]
pub struct Ran {
    /// What was typed.
    pub line: String,
    /// Exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// An invocation under way.
pub struct Running {
    child: Child,
    line: String,
}

impl Vmc {
    /// The program with nothing in its environment but a home folder.
    pub fn new(home: &Path) -> Self {
        let mut command = Command::new(binary());
        command
            .env_clear()
            .env("HOME", home)
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_STATE_HOME", home.join("state"))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("COLUMNS", "80")
            .env("TZ", "UTC")
            .env("AWS_CONFIG_FILE", home.join("no-aws-config"))
            .env(
                "AWS_SHARED_CREDENTIALS_FILE",
                home.join("no-aws-credentials"),
            )
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("VMC_POLL_INTERVAL", "20ms")
            .current_dir(home)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self {
            command,
            stdin: None,
            line: "vmc".to_owned(),
        }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        for argument in arguments {
            self.line.push(' ');
            self.line.push_str(argument);
            self.command.arg(argument);
        }
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Takes a variable away.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Gives it text on standard input.
    #[must_use]
    pub fn stdin(mut self, text: &str) -> Self {
        self.stdin = Some(text.to_owned());
        self
    }

    /// Starts it.
    pub fn spawn(mut self) -> Running {
        if self.stdin.is_some() {
            self.command.stdin(Stdio::piped());
        }
        let mut child = self.command.spawn().expect("vmc starts");
        if let Some(text) = self.stdin {
            // A program that ends early closes its side; that is its business.
            let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
        }
        Running {
            child,
            line: self.line,
        }
    }

    /// Runs it to its end.
    #[must_use = "look at the exit code or the output"]
    pub fn run(self) -> Ran {
        self.spawn().wait()
    }
}

impl Running {
    /// Waits for its end.
    pub fn wait(self) -> Ran {
        let output = self.child.wait_with_output().unwrap();
        Ran {
            line: self.line,
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("vmc writes UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("vmc writes UTF-8"),
        }
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// SIGKILL: it has no chance to tidy up.
    pub fn kill(mut self) -> Ran {
        self.child.kill().unwrap();
        self.wait()
    }

    /// SIGINT, as Ctrl-C sends it.
    pub fn interrupt(&self) {
        let status = Command::new("kill")
            .args(["-INT", &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }

    /// Its arguments as other users of the machine see them.
    pub fn command_line(&self) -> String {
        let bytes = std::fs::read(format!("/proc/{}/cmdline", self.child.id())).unwrap_or_default();
        String::from_utf8_lossy(&bytes).replace('\0', " ")
    }
}

impl Ran {
    /// Checks the exit code.
    ///
    /// # Panics
    /// When it is another one; shows what was printed.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "$ {}\n--- stdout\n{}\n--- stderr\n{}",
            self.line, self.stdout, self.stderr
        );
        self
    }

    /// Standard output as JSON.
    ///
    /// # Panics
    /// When it is not one JSON document.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("$ {}\n{error}\n{}", self.line, self.stdout))
    }

    /// Checks that both outputs together contain a text.
    ///
    /// # Panics
    /// When they do not.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.stdout.contains(text) || self.stderr.contains(text),
            "{text:?} is not said\n$ {}\n--- stdout\n{}\n--- stderr\n{}",
            self.line,
            self.stdout,
            self.stderr
        );
        self
    }
}

/// The program of this workspace, built if need be.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "vmc-cli", "--bin", "vmc"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .expect("cargo runs");
        assert!(built.success(), "vmc does not build");
        // target/debug/deps/program-0123 → target/debug/vmc
        let mut folder = std::env::current_exe().unwrap();
        folder.pop();
        if folder.ends_with("deps") {
            folder.pop();
        }
        folder.join(format!("vmc{}", std::env::consts::EXE_SUFFIX))
    })
}
