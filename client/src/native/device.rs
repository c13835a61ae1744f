//! A device's memory that ends with the process.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::platform::{DeviceError, DeviceStore};

/// Texts by key, in memory. Clones share them, as tabs of one browser do.
#[derive(Clone, Debug, Default)]
pub struct MemoryDevice(Rc<RefCell<BTreeMap<String, String>>>);

impl MemoryDevice {
    /// Everything it holds, in the order of keys: to compare what a flow changed.
    #[must_use]
    pub fn snapshot(&self) -> BTreeMap<String, String> {
        self.0.borrow().clone()
    }
}

impl DeviceStore for MemoryDevice {
    async fn get(&self, key: &str) -> Result<Option<String>, DeviceError> {
        Ok(self.0.borrow().get(key).cloned())
    }

    async fn put(&self, key: &str, value: &str) -> Result<(), DeviceError> {
        self.0.borrow_mut().insert(key.into(), value.into());
        Ok(())
    }
}
