//! `vmc completion`.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::args::Cli;
use crate::error::Error;

const EXAMPLES: &str = "\
Examples:
  vmc completion bash > ~/.local/share/bash-completion/completions/vmc
  vmc completion zsh > ~/.zfunc/_vmc
  vmc completion fish > ~/.config/fish/completions/vmc.fish";

/// Arguments of `vmc completion`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Completion {
    /// The shell
    shell: Shell,
}

impl Completion {
    pub(super) fn run(&self) -> Result<(), Error> {
        // The generator stops the program when it cannot write, so it writes
        // to memory.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "vmc", &mut script);
        use std::io::Write as _;
        let mut out = std::io::stdout().lock();
        out.write_all(&script)?;
        out.flush()?;
        Ok(())
    }
}
