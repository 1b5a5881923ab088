//! The linker's files, in memory.

use libwild::error::Result;
use libwild::{FileSystem, FileType, InputFileData, OutputFileData, OutputOptions};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

type Bytes = Arc<Cow<'static, [u8]>>;

/// Files by path. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct MemoryFs(Arc<Mutex<HashMap<PathBuf, Bytes>>>);

impl MemoryFs {
    fn files(&self) -> MutexGuard<'_, HashMap<PathBuf, Bytes>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub fn add(&self, path: &Path, bytes: Bytes) {
        self.files().insert(path.to_owned(), bytes);
    }

    /// Removes a file that the linker wrote and returns its contents.
    pub fn take_output(&self, path: &Path) -> Option<Vec<u8>> {
        let bytes = self.files().remove(path)?;
        Some(Arc::try_unwrap(bytes).map_or_else(|shared| shared.to_vec(), Cow::into_owned))
    }

    fn find(&self, path: &Path) -> Result<Bytes> {
        let found = self.files().get(path).cloned();
        found.ok_or_else(|| {
            std::io::Error::new(std::io::ErrorKind::NotFound, format!("no such input: {}", path.display()))
                .into()
        })
    }
}

#[derive(Debug)]
pub(crate) struct MemoryInput(Bytes);

impl InputFileData for MemoryInput {
    fn bytes(&self) -> &[u8] {
        &self.0
    }
}

pub(crate) struct MemoryOutput {
    fs: MemoryFs,
    path: PathBuf,
    bytes: Vec<u8>,
}

impl OutputFileData for MemoryOutput {
    fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    fn finish(self) -> Result {
        self.fs.add(&self.path, Arc::new(Cow::Owned(self.bytes)));
        Ok(())
    }
}

impl FileSystem for MemoryFs {
    type Input = MemoryInput;
    type Output = MemoryOutput;

    fn open_input(&self, path: &Path, _prepopulate: bool) -> Result<(MemoryInput, Option<Arc<File>>)> {
        Ok((MemoryInput(self.find(path)?), None))
    }

    fn file_type(&self, path: &Path) -> Result<FileType> {
        self.find(path).map(|_| FileType::File)
    }

    fn canonicalize(&self, path: &Path) -> Result<PathBuf> {
        Ok(path.to_owned())
    }

    fn remove_file(&self, path: &Path) -> Result<()> {
        self.find(path)?;
        self.files().remove(path);
        Ok(())
    }

    fn rename_file(&self, path: &Path, new_path: &Path) -> Result<()> {
        let bytes = self.find(path)?;
        self.files().remove(path);
        self.add(new_path, bytes);
        Ok(())
    }

    fn create_output(&self, path: Arc<Path>, options: OutputOptions) -> Result<MemoryOutput> {
        let size = usize::try_from(options.size)
            .map_err(|_| libwild::error::Error::with_message("the executable is too large"))?;
        Ok(MemoryOutput { fs: self.clone(), path: path.to_path_buf(), bytes: vec![0; size] })
    }

    fn write_auxiliary(&self, path: &Path, bytes: &[u8]) -> Result {
        self.add(path, Arc::new(Cow::Owned(bytes.to_vec())));
        Ok(())
    }
}
