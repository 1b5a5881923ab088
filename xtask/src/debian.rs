//! Packages of Debian, unpacked into folders of our own: nothing is installed, and no setting of the system is changed.
//!
//! `apt-get` is given a state of its own, so that the packages of another architecture can be had, and on machines
//! without package lists.

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// Package lists for some architectures.
pub struct Debian {
    state: TempDir,
    architectures: String,
}

impl Debian {
    /// Fetches the lists.
    pub fn update(architectures: &[&str]) -> Result<Debian> {
        let state = tempfile::tempdir().context("cannot create a temporary folder")?;
        for dir in ["state/lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(state.path().join(dir))?;
        }
        let debian = Debian { state, architectures: architectures.join(",") };
        debian.run(Command::new("apt-get").args(["-q", "-q", "update"]))?;
        Ok(debian)
    }

    /// The first value of a field of a package, such as `Version`.
    pub fn field(&self, package: &str, field: &str) -> Result<String> {
        let text = self.run(Command::new("apt-cache").args(["show", package]))?;
        let prefix = format!("{field}: ");
        let value = text.lines().find_map(|l| l.strip_prefix(&prefix));
        value.map(str::to_string).with_context(|| format!("package {package} has no field {field}"))
    }

    /// Unpacks the packages (`NAME` or `NAME:ARCH`) into a folder.
    pub fn unpack(&self, packages: &[&str], to: &Path) -> Result<()> {
        let files = self.state.path().join("files");
        fs::create_dir_all(&files)?;
        self.run(Command::new("apt-get").args(["-q", "-q", "download"]).args(packages).current_dir(&files))?;
        for entry in fs::read_dir(&files)? {
            let file = entry?.path();
            self.run(Command::new("dpkg").arg("-x").arg(&file).arg(to))?;
            fs::remove_file(&file)?;
        }
        Ok(())
    }

    /// Runs a command with the private state, and returns what it prints.
    fn run(&self, command: &mut Command) -> Result<String> {
        let dir = self.state.path();
        let config = dir.join("apt.conf");
        let user = std::env::var("USER").ok().filter(|u| !u.is_empty()).unwrap_or("root".into());
        fs::write(
            &config,
            format!(
                "Dir::State \"{0}/state\";\nDir::State::status \"/var/lib/dpkg/status\";\nDir::Cache \"{0}/cache\";\n\
                 APT::Architectures \"{1}\";\nAPT::Sandbox::User \"{user}\";\n",
                dir.display(),
                self.architectures
            ),
        )?;
        let out = command
            .env("APT_CONFIG", &config)
            .output()
            .with_context(|| format!("cannot run {:?} (is this Debian?)", command.get_program()))?;
        if !out.status.success() {
            let text = String::from_utf8_lossy(&out.stderr);
            bail!("{:?} failed: {}", command.get_program(), text.lines().next().unwrap_or_default());
        }
        Ok(String::from_utf8_lossy(&out.stdout).into_owned())
    }
}
