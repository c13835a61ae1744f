//! Uploading, listing, opening, reading.

use keyferry_client::{ContentStream, OpenedFile, UploadOptions};
use wasm_bindgen::prelude::*;

use super::answer::{ResultHost, parsed, time_ms};
use super::session::RawSession;
use super::watch::{JsAbortSignal, Link, linked};
use crate::engine::Rope;
use crate::platform::{JsPlatform, JsSource, SourceHost};
use crate::view::{FileInfo, each};

#[wasm_bindgen]
impl RawSession {
    /// Seals and uploads.
    #[wasm_bindgen(unchecked_return_type = "FileInfo")]
    #[expect(clippy::too_many_arguments, reason = "JavaScript gives them names")]
    pub async fn upload(
        &self,
        organization: &str,
        source: SourceHost,
        label: String,
        name: String,
        media_type: String,
        modified_at_ms: Option<f64>,
        on_progress: Option<js_sys::Function>,
        signal: Option<JsAbortSignal>,
    ) -> Result<JsValue, JsValue> {
        let link = linked(signal);
        let watch = link.watch(on_progress, &self.results);
        let flow = async {
            let organization = parsed(organization)?;
            let modified_at_ms = modified_at_ms.map(time_ms).transpose()?;
            let options = UploadOptions { label, name, media_type, modified_at_ms };
            let files = self.session.files();
            Ok(FileInfo::from(files.upload(organization, JsSource(source), options, &watch).await?))
        };
        self.results.answer(flow).await
    }

    /// An organization's catalogue.
    #[wasm_bindgen(js_name = listFiles, unchecked_return_type = "FileInfo[]")]
    pub async fn list_files(&self, organization: &str) -> Result<JsValue, JsValue> {
        let flow =
            async { Ok(each::<_, FileInfo>(self.session.files().list(parsed(organization)?).await?)) };
        self.results.answer(flow).await
    }

    /// Opens a file's key and manifest.
    #[wasm_bindgen(js_name = openFile)]
    pub async fn open_file(&self, file: &str, signal: Option<JsAbortSignal>) -> Result<RawFile, JsValue> {
        let link = linked(signal);
        let watch = link.watch(None, &self.results);
        let opened = async { self.session.files().open(parsed(file)?, &watch).await };
        let results = self.results.clone();
        opened.await.map(|file| RawFile { file, results }).map_err(|error| self.results.fail(&error))
    }
}

/// A file whose key was opened.
#[wasm_bindgen]
pub struct RawFile {
    file: OpenedFile<JsPlatform>,
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
    pub fn stream(&self, on_progress: Option<js_sys::Function>, signal: Option<JsAbortSignal>) -> RawStream {
        let link = linked(signal);
        let stream = self.file.stream(&link.watch(on_progress, &self.results));
        RawStream { stream, _link: link, results: self.results.clone() }
    }

    /// The bytes from `start` to `end`, excluded.
    #[wasm_bindgen(unchecked_return_type = "Rope")]
    pub async fn slice(
        &self,
        start: f64,
        end: f64,
        signal: Option<JsAbortSignal>,
    ) -> Result<JsValue, JsValue> {
        let link = linked(signal);
        // A conversion of a negative number or NaN gives 0; a range beyond the end is cut to it.
        let slice = self.file.slice(start as u64, end as u64, link.abort()).await;
        slice.map(JsValue::from).map_err(|error| self.results.fail(&error))
    }
}

/// A file being read.
#[wasm_bindgen]
pub struct RawStream {
    stream: ContentStream<JsPlatform>,
    _link: Link,
    results: ResultHost,
}

#[wasm_bindgen]
impl RawStream {
    /// The next piece; undefined at the end, when all was checked.
    #[wasm_bindgen(unchecked_return_type = "Rope | undefined")]
    pub async fn next(&mut self) -> Result<Option<Rope>, JsValue> {
        self.stream.next().await.map_err(|error| self.results.fail(&error))
    }
}
