//! Compiled functions, one file for each package.
//!
//! A file is named by the compiler and the package; programs share the files of the packages that they share. It has an
//! index, ascending by key, and the records. Several variants of a function stand beside each other: another program
//! may inline other functions into it.
//!
//! A file is written anew when a build compiled functions that it lacks. What the build did not use then stays as long
//! as it is young and does not take too much room.

use super::{COMPILER, Cache};
use grus_codegen::{FunctionCache, FunctionKey};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

/// Days after which a record that no build used is dropped.
const KEPT_DAYS: u32 = 10;

/// How many bytes of records that a build did not use may stay, besides as many as it used.
const UNUSED: usize = 4 << 20;

/// Bytes of an entry of the index: key, end of the record, day of last use.
const ENTRY: usize = 16 + 4 + 4;

/// Compiled functions of the packages of a program.
pub struct Functions<'c> {
    cache: &'c Cache,
    /// What package `main` is called here: that of other programs is another package.
    main: String,
    packs: Mutex<HashMap<String, Arc<OnceLock<Pack>>>>,
}

/// A file, as it was when it was first needed, and what is new.
struct Pack {
    path: PathBuf,
    /// As [`pack`] writes it; empty if there was no file.
    bytes: Vec<u8>,
    count: usize,
    /// Which entries were used.
    used: Vec<AtomicBool>,
    new: Mutex<Vec<(FunctionKey, Vec<u8>)>>,
}

impl<'c> Functions<'c> {
    /// The functions of a program, whose main package is in the given folder.
    pub fn new(cache: &'c Cache, main: &str) -> Functions<'c> {
        Functions { cache, main: format!("main {main}"), packs: Mutex::default() }
    }

    /// Writes what is new.
    pub fn save(self) {
        let packs = self.packs.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut packs: Vec<Pack> =
            packs.into_values().filter_map(|p| Arc::into_inner(p)?.into_inner()).collect();
        packs.retain_mut(|p| !p.new.get_mut().unwrap_or_else(PoisonError::into_inner).is_empty());
        let today = today();
        packs.par_iter_mut().for_each(|p| {
            let contents = p.contents(today);
            self.cache.write(&p.path, &[&contents]);
        });
        if !packs.is_empty() {
            self.cache.trim("functions");
        }
    }

    /// Calls `f` with the pack of a function's package.
    fn with<R>(&self, symbol: &str, f: impl FnOnce(&Pack) -> R) -> R {
        let package = match package(symbol) {
            "main" => &self.main,
            package => package,
        };
        let cell = {
            let mut packs = self.packs.lock().unwrap_or_else(PoisonError::into_inner);
            match packs.get(package) {
                Some(cell) => cell.clone(),
                None => packs.entry(package.to_string()).or_default().clone(),
            }
        };
        f(cell.get_or_init(|| Pack::open(self.cache, package)))
    }
}

impl FunctionCache for Functions<'_> {
    fn get(&self, symbol: &str, key: &FunctionKey, read: &mut dyn FnMut(&[u8])) {
        self.with(symbol, |p| {
            if let Some(i) = p.find(key) {
                p.used[i].store(true, Ordering::Relaxed);
                read(p.record(i));
            }
        });
    }

    fn put(&self, symbol: &str, key: &FunctionKey, record: Vec<u8>) {
        self.with(symbol, |p| p.new.lock().unwrap_or_else(PoisonError::into_inner).push((*key, record)));
    }
}

impl Pack {
    fn open(cache: &Cache, package: &str) -> Pack {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&COMPILER.to_le_bytes());
        hasher.update(package.as_bytes());
        let path = cache.path("functions", &hasher.finalize().as_bytes()[..16]);
        let bytes = cache.read(&path).unwrap_or_default();
        Pack::from_bytes(path, bytes)
    }

    fn from_bytes(path: PathBuf, mut bytes: Vec<u8>) -> Pack {
        let count = bytes.first_chunk().map_or(0, |n| u32::from_le_bytes(*n) as usize);
        let mut pack = Pack { path, count, used: Vec::new(), new: Mutex::default(), bytes: Vec::new() };
        // The checksum says that the file is whole; that it makes sense costs little to see.
        let records = 4 + count * ENTRY;
        let end =
            |i: usize| u32::from_le_bytes(bytes[4 + i * ENTRY + 16..][..4].try_into().expect("4 bytes"));
        let ordered = bytes.len() >= records
            && (0..count).all(|i| (if i > 0 { end(i - 1) } else { 0 }) <= end(i))
            && (if count > 0 { end(count - 1) as usize } else { 0 }) == bytes.len() - records;
        if !ordered {
            pack.count = 0;
            bytes.clear();
        }
        pack.used = (0..pack.count).map(|_| AtomicBool::new(false)).collect();
        pack.bytes = bytes;
        pack
    }

    fn entry(&self, i: usize) -> &[u8] {
        &self.bytes[4 + i * ENTRY..][..ENTRY]
    }

    fn key(&self, i: usize) -> FunctionKey {
        self.entry(i)[..16].try_into().expect("16 bytes")
    }

    fn end(&self, i: usize) -> usize {
        u32::from_le_bytes(self.entry(i)[16..20].try_into().expect("4 bytes")) as usize
    }

    fn day(&self, i: usize) -> u32 {
        u32::from_le_bytes(self.entry(i)[20..].try_into().expect("4 bytes"))
    }

    fn record(&self, i: usize) -> &[u8] {
        let start = if i > 0 { self.end(i - 1) } else { 0 };
        &self.bytes[4 + self.count * ENTRY..][start..self.end(i)]
    }

    fn find(&self, key: &FunctionKey) -> Option<usize> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low.midpoint(high);
            match self.key(middle).cmp(key) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }

    /// The file with what is new, without what is stale.
    fn contents(&mut self, today: u32) -> Vec<u8> {
        let new = std::mem::take(self.new.get_mut().unwrap_or_else(PoisonError::into_inner));
        let mut unused: Vec<(u32, usize)> = Vec::new();
        let mut kept: BTreeMap<FunctionKey, (u32, &[u8])> = BTreeMap::new();
        for i in 0..self.count {
            if self.used[i].load(Ordering::Relaxed) {
                kept.insert(self.key(i), (today, self.record(i)));
            } else if today.saturating_sub(self.day(i)) <= KEPT_DAYS {
                unused.push((self.day(i), i));
            }
        }
        kept.extend(new.iter().map(|(key, record)| (*key, (today, &record[..]))));
        let mut room = UNUSED + kept.values().map(|r| r.1.len()).sum::<usize>();
        unused.sort_by_key(|&(day, i)| (std::cmp::Reverse(day), i));
        for (day, i) in unused {
            match room.checked_sub(self.record(i).len()) {
                Some(rest) => room = rest,
                None => break,
            }
            kept.entry(self.key(i)).or_insert((day, self.record(i)));
        }
        pack(&kept)
    }
}

/// The bytes of a file.
fn pack(records: &BTreeMap<FunctionKey, (u32, &[u8])>) -> Vec<u8> {
    let total: usize = records.values().map(|r| r.1.len()).sum();
    let mut bytes = Vec::with_capacity(4 + records.len() * ENTRY + total);
    // A package with 4 GiB of code in it is not kept.
    if u32::try_from(total).is_err() {
        return bytes;
    }
    bytes.extend((records.len() as u32).to_le_bytes());
    let mut end = 0u32;
    for (key, (day, record)) in records {
        end += record.len() as u32;
        bytes.extend(key);
        bytes.extend(end.to_le_bytes());
        bytes.extend(day.to_le_bytes());
    }
    records.values().for_each(|r| bytes.extend(r.1));
    bytes
}

/// Days since 1970.
fn today() -> u32 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    (since.as_secs() / (24 * 3600)) as u32
}

/// The package in a link name, or what stands for one.
fn package(symbol: &str) -> &str {
    // Type arguments and receivers have packages of their own.
    let name = &symbol[..symbol.find(['[', '(', ' ']).unwrap_or(symbol.len())];
    let last = name.rfind('/').map_or(0, |i| i + 1);
    &name[..name[last..].find('.').map_or(name.len(), |i| last + i)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_link_names() {
        for (symbol, expected) in [
            ("main.main", "main"),
            ("a.b/c/d%2ee.(*T).M", "a.b/c/d%2ee"),
            ("slices.Sort[[]a/b.T,a/b.T]", "slices"),
            ("a/b.F.func1.2", "a/b"),
            ("type:.eq.[2]a/b.T", "type:"),
            ("_rt0", "_rt0"),
        ] {
            assert_eq!(package(symbol), expected);
        }
    }

    fn reopened(p: &mut Pack, today: u32) -> Pack {
        let bytes = p.contents(today);
        Pack::from_bytes(PathBuf::new(), bytes)
    }

    fn add(p: &Pack, key: u8, record: &[u8]) {
        p.new.lock().unwrap().push(([key; 16], record.to_vec()));
    }

    #[test]
    fn records_are_found_and_forgotten() {
        let mut p = Pack::from_bytes(PathBuf::new(), Vec::new());
        for (key, record) in [(3, &b"three"[..]), (1, b"one"), (2, b"")] {
            add(&p, key, record);
        }
        let mut p = reopened(&mut p, 100);
        assert_eq!((p.count, p.record(p.find(&[1; 16]).unwrap())), (3, &b"one"[..]));
        assert_eq!(p.find(&[4; 16]), None);
        p.used[p.find(&[3; 16]).unwrap()].store(true, Ordering::Relaxed);
        add(&p, 4, b"four");
        let mut p = reopened(&mut p, 100 + KEPT_DAYS);
        assert_eq!(p.count, 4);
        add(&p, 5, b"five");
        let p = reopened(&mut p, 101 + KEPT_DAYS);
        assert_eq!([1, 2, 3, 4, 5].map(|k| p.find(&[k; 16]).is_some()), [false, false, true, true, true]);
        assert_eq!(p.record(p.find(&[5; 16]).unwrap()), b"five");
    }

    #[test]
    fn unused_records_take_limited_room() {
        let mut p = Pack::from_bytes(PathBuf::new(), Vec::new());
        for key in 1..=4 {
            add(&p, key, &vec![key; UNUSED / 2]);
        }
        let mut p = reopened(&mut p, 1);
        add(&p, 9, b"");
        assert_eq!(reopened(&mut p, 1).count, 3);
    }

    #[test]
    fn a_file_without_sense_is_empty() {
        for bytes in [vec![1], vec![1, 0, 0, 0], vec![0xff; 40], vec![0, 0, 0, 0, 1]] {
            assert_eq!(Pack::from_bytes(PathBuf::new(), bytes).count, 0);
        }
    }
}
