//! Compressed tar files whose bytes depend on nothing but what is in them: entries in order of their names, one time, one
//! owner, and a gzip header without time and name.

use anyhow::{Result, bail};
use flate2::{Compression, GzBuilder};
use std::io::Write;

/// A file of an archive.
pub struct Entry {
    /// Path in the archive.
    pub name: String,
    pub executable: bool,
    pub bytes: Vec<u8>,
}

/// Seconds since 1970 that every entry bears: the first of January 2026.
const TIME: u64 = 1_767_225_600;

const BLOCK: usize = 512;

/// The compressed archive of the files and of the folders that they lie in.
///
/// # Errors
/// If a name does not fit into a header, or is there twice.
pub fn pack(mut files: Vec<Entry>) -> Result<Vec<u8>> {
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let mut gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    let mut folders: Vec<&str> = Vec::new();
    let mut previous = "";
    for file in &files {
        if file.name == previous {
            bail!("{} is in the archive twice", file.name);
        }
        previous = &file.name;
        for (slash, _) in file.name.match_indices('/') {
            let folder = &file.name[..=slash];
            if !folders.contains(&folder) {
                folders.push(folder);
                gzip.write_all(&header(folder, 0o755, 0, b'5')?)?;
            }
        }
        let mode = if file.executable { 0o755 } else { 0o644 };
        gzip.write_all(&header(&file.name, mode, file.bytes.len(), b'0')?)?;
        gzip.write_all(&file.bytes)?;
        gzip.write_all(&[0; BLOCK][..file.bytes.len().next_multiple_of(BLOCK) - file.bytes.len()])?;
    }
    gzip.write_all(&[0; 2 * BLOCK])?;
    Ok(gzip.finish()?)
}

/// A header of the format `ustar`.
fn header(name: &str, mode: u32, size: usize, kind: u8) -> Result<[u8; BLOCK]> {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, text: &str| block[at..at + text.len()].copy_from_slice(text.as_bytes());
    if name.len() > 100 || size >= 1 << 33 {
        bail!("{name}: too long for a tar header");
    }
    put(0, name);
    put(100, &format!("{mode:07o}\0"));
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, &format!("{size:011o}\0"));
    put(136, &format!("{TIME:011o}\0"));
    put(148, "        ");
    put(257, "ustar\x0000");
    put(265, "root");
    put(297, "root");
    block[156] = kind;
    let sum: u32 = block.iter().map(|&b| u32::from(b)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    Ok(block)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn entry(name: &str, executable: bool, bytes: &[u8]) -> Entry {
        Entry { name: name.into(), executable, bytes: bytes.into() }
    }

    #[test]
    fn order_does_not_matter_and_tar_reads_it() {
        let big = vec![7; 1000];
        let files = || vec![entry("p/bin/x", true, &big), entry("p/README", false, b"read\n")];
        let packed = pack(files()).unwrap();
        let mut turned = files();
        turned.reverse();
        assert_eq!(packed, pack(turned).unwrap());
        assert_eq!(packed[4..8], [0; 4], "the time of gzip's header");
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.tar.gz");
        std::fs::write(&file, packed).unwrap();
        let out = Command::new("tar").args(["-tvzf"]).arg(&file).env("TZ", "UTC").output().unwrap();
        let list = String::from_utf8_lossy(&out.stdout);
        let lines: Vec<Vec<&str>> = list.lines().map(|l| l.split_whitespace().collect()).collect();
        assert_eq!(
            lines,
            [
                ["drwxr-xr-x", "root/root", "0", "2026-01-01", "00:00", "p/"],
                ["-rw-r--r--", "root/root", "5", "2026-01-01", "00:00", "p/README"],
                ["drwxr-xr-x", "root/root", "0", "2026-01-01", "00:00", "p/bin/"],
                ["-rwxr-xr-x", "root/root", "1000", "2026-01-01", "00:00", "p/bin/x"],
            ]
        );
        let out = Command::new("tar").arg("-xzf").arg(&file).arg("-C").arg(dir.path()).output().unwrap();
        assert!(out.status.success() && out.stderr.is_empty(), "{out:?}");
        assert_eq!(std::fs::read(dir.path().join("p/bin/x")).unwrap(), big);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(pack(vec![entry(&"n".repeat(101), false, b"")]).is_err());
        assert!(pack(vec![entry("a", false, b""), entry("a", false, b"")]).is_err());
    }
}
