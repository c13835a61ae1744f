//! A device's memory that ends with the process.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use bytes::Bytes;

use crate::platform::{DeviceError, DeviceStore};

/// Texts by key, and parts beside them, in memory. Clones share them, as tabs of one browser do.
#[derive(Clone, Debug, Default)]
pub struct MemoryDevice {
    texts: Rc<RefCell<BTreeMap<String, String>>>,
    parts: Rc<RefCell<BTreeMap<(String, u32), Bytes>>>,
}

impl MemoryDevice {
    /// Everything it holds, in the order of keys: to compare what a flow changed.
    #[must_use]
    pub fn snapshot(&self) -> BTreeMap<String, String> {
        self.texts.borrow().clone()
    }

    /// How many bytes lie beside the texts.
    #[must_use]
    pub fn part_bytes(&self) -> usize {
        self.parts.borrow().values().map(Bytes::len).sum()
    }
}

impl DeviceStore for MemoryDevice {
    type Buffer = Bytes;

    async fn get(&self, key: &str) -> Result<Option<String>, DeviceError> {
        Ok(self.texts.borrow().get(key).cloned())
    }

    async fn put(&self, key: &str, value: &str) -> Result<(), DeviceError> {
        self.texts.borrow_mut().insert(key.into(), value.into());
        Ok(())
    }

    async fn swap(
        &self,
        key: &str,
        from: Option<&str>,
        to: Option<&str>,
        part: Option<(u32, Bytes)>,
    ) -> Result<bool, DeviceError> {
        let (mut texts, mut parts) = (self.texts.borrow_mut(), self.parts.borrow_mut());
        if texts.get(key).map(String::as_str) != from {
            return Ok(false);
        }
        match to {
            Some(to) => drop(texts.insert(key.into(), to.into())),
            None => {
                texts.remove(key);
                parts.retain(|(owner, _), _| owner != key);
            }
        }
        parts.extend(part.map(|(number, bytes)| ((key.into(), number), bytes)));
        Ok(true)
    }

    async fn part(&self, key: &str, number: u32) -> Result<Option<Bytes>, DeviceError> {
        Ok(self.parts.borrow().get(&(key.into(), number)).cloned())
    }
}
