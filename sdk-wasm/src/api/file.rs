//! Uploading, listing, opening, reading.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Promise};
use keyferry_client::{ContentStream, OpenedFile, UploadOptions};
use wasm_bindgen::prelude::*;

use super::answer::{ResultHost, done, invalid, parsed, time_ms};
use super::session::RawSession;
use super::watch::{JsAbortSignal, Link, linked};
use crate::platform::{JsPlatform, JsSource, SourceHost};
use crate::view::FileInfo;

#[wasm_bindgen]
impl RawSession {
    /// Seals and uploads.
    #[wasm_bindgen(unchecked_return_type = "Promise<FileInfo>")]
    #[expect(clippy::too_many_arguments, reason = "JavaScript gives them names")]
    pub fn upload(
        &self,
        organization: String,
        source: SourceHost,
        label: String,
        name: String,
        media_type: String,
        modified_at_ms: Option<f64>,
        on_progress: Option<Function>,
        signal: Option<JsAbortSignal>,
    ) -> Promise {
        self.flow(async move |it| {
            let link = linked(signal);
            let watch = link.watch(on_progress, &it.results);
            let modified_at_ms = modified_at_ms.map(time_ms).transpose()?;
            let options = UploadOptions { label, name, media_type, modified_at_ms };
            let files = it.session.files();
            it.show::<FileInfo>(
                files.upload(parsed(&organization)?, JsSource(source), options, &watch).await?,
            )
        })
    }

    /// An organization's catalogue.
    #[wasm_bindgen(js_name = listFiles, unchecked_return_type = "Promise<FileInfo[]>")]
    pub fn list_files(&self, organization: String) -> Promise {
        self.flow(async move |it| {
            it.show_each::<FileInfo, _>(it.session.files().list(parsed(&organization)?).await?)
        })
    }

    /// Seals a file again under another key.
    #[wasm_bindgen(js_name = rekeyFile, unchecked_return_type = "Promise<FileInfo>")]
    pub fn rekey_file(
        &self,
        file: String,
        on_progress: Option<Function>,
        signal: Option<JsAbortSignal>,
    ) -> Promise {
        self.watched(on_progress, signal, async move |it, watch| {
            it.show::<FileInfo>(it.session.files().rekey(parsed(&file)?, &watch).await?)
        })
    }

    /// Whether a re-key of a file ended with its page on this device.
    #[wasm_bindgen(js_name = rekeyInterrupted, unchecked_return_type = "Promise<boolean>")]
    pub fn rekey_interrupted(&self, file: String) -> Promise {
        self.flow(async move |it| Ok(it.session.files().rekey_interrupted(parsed(&file)?).await?.into()))
    }

    /// Erases a file.
    #[wasm_bindgen(js_name = eraseFile, unchecked_return_type = "Promise<void>")]
    pub fn erase_file(&self, file: String) -> Promise {
        self.flow(async move |it| done(it.session.files().erase(parsed(&file)?).await))
    }

    /// Opens a file's key and manifest.
    #[wasm_bindgen(js_name = openFile, unchecked_return_type = "Promise<RawFile>")]
    pub fn open_file(&self, file: String, signal: Option<JsAbortSignal>) -> Promise {
        self.flow(async move |it| {
            let link = linked(signal);
            let opened = it.session.files().open(parsed(&file)?, &link.watch(None, &it.results)).await?;
            Ok(RawFile { file: Rc::new(opened), results: it.results.clone() }.into())
        })
    }
}

/// A file whose key was opened.
#[wasm_bindgen]
pub struct RawFile {
    file: Rc<OpenedFile<JsPlatform>>,
    results: ResultHost,
}

#[wasm_bindgen]
impl RawFile {
    /// Its name.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn name(&self) -> String {
        self.file.name.clone()
    }

    /// Its media type; empty when not known.
    #[wasm_bindgen(getter, js_name = type)]
    #[must_use]
    pub fn media_type(&self) -> String {
        self.file.media_type.clone()
    }

    /// Its length, in bytes.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn size(&self) -> f64 {
        self.file.size as f64
    }

    /// When it was last modified, in milliseconds since 1970.
    #[wasm_bindgen(getter, js_name = modifiedAtMs)]
    #[must_use]
    pub fn modified_at_ms(&self) -> Option<f64> {
        self.file.modified_at_ms.map(|milliseconds| milliseconds as f64)
    }

    /// SHA-256 of its plaintext, in hex.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn sha256(&self) -> String {
        self.file.sha256.to_string()
    }

    /// The published label.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn label(&self) -> String {
        self.file.label.clone()
    }

    /// Reads the whole file in pieces.
    #[must_use]
    pub fn stream(&self, on_progress: Option<Function>, signal: Option<JsAbortSignal>) -> RawStream {
        let link = linked(signal);
        let stream = self.file.stream(&link.watch(on_progress, &self.results));
        RawStream { stream: Rc::new(RefCell::new(Some(stream))), _link: link, results: self.results.clone() }
    }

    /// The bytes from `start` to `end`, excluded.
    #[wasm_bindgen(unchecked_return_type = "Promise<Rope>")]
    pub fn slice(&self, start: f64, end: f64, signal: Option<JsAbortSignal>) -> Promise {
        let file = self.file.clone();
        self.results.promise(async move {
            // A conversion of a negative number or NaN gives 0; a range beyond the end is cut to it.
            Ok(file.slice(start as u64, end as u64, linked(signal).abort()).await?.into())
        })
    }
}

/// A file being read.
#[wasm_bindgen]
pub struct RawStream {
    stream: Rc<RefCell<Option<ContentStream<JsPlatform>>>>,
    _link: Link,
    results: ResultHost,
}

#[wasm_bindgen]
impl RawStream {
    /// The next piece; undefined at the end, when all was checked. One call at a time.
    #[wasm_bindgen(unchecked_return_type = "Promise<Rope | undefined>")]
    pub fn next(&self) -> Promise {
        let place = self.stream.clone();
        self.results.promise(async move {
            let mut stream = place.take().ok_or_else(|| invalid("this stream is being read already"))?;
            let piece = stream.next().await?;
            place.replace(Some(stream));
            Ok(piece.map_or(JsValue::UNDEFINED, JsValue::from))
        })
    }
}
