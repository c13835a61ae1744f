//! Abort signals and progress callbacks.

use std::rc::Rc;

use keyferry_client::{Abort, Watch};
use wasm_bindgen::prelude::*;

use super::answer::ResultHost;
use crate::view::Progress;

#[wasm_bindgen]
extern "C" {
    /// The caller's signal.
    #[wasm_bindgen(js_name = AbortSignal, typescript_type = "AbortSignal")]
    pub type JsAbortSignal;

    #[wasm_bindgen(method, getter)]
    fn aborted(this: &JsAbortSignal) -> bool;
    #[wasm_bindgen(method, js_name = addEventListener)]
    fn listen(this: &JsAbortSignal, event: &str, listener: &Closure<dyn Fn()>);
    #[wasm_bindgen(method, js_name = removeEventListener)]
    fn unlisten(this: &JsAbortSignal, event: &str, listener: &Closure<dyn Fn()>);
}

/// An [`Abort`] that follows a signal for as long as this lives.
pub(super) struct Link {
    abort: Abort,
    listening: Option<(JsAbortSignal, Closure<dyn Fn()>)>,
}

/// Follows `signal`, if there is one.
pub(super) fn linked(signal: Option<JsAbortSignal>) -> Link {
    let abort = Abort::default();
    let listening = signal.map(|signal| {
        let stopped = abort.clone();
        let listener = Closure::<dyn Fn()>::new(move || stopped.abort());
        signal.listen("abort", &listener);
        if signal.aborted() {
            abort.abort();
        }
        (signal, listener)
    });
    Link { abort, listening }
}

impl Link {
    pub fn abort(&self) -> &Abort {
        &self.abort
    }

    /// Watches a transfer: stops with the signal, tells `on_progress`.
    pub fn watch(&self, on_progress: Option<js_sys::Function>, results: &ResultHost) -> Watch {
        let results = results.clone();
        let on_progress = on_progress.map(|callback| -> Rc<dyn Fn(keyferry_client::Progress)> {
            Rc::new(move |progress| {
                // What a progress bar throws is its own affair; the transfer goes on.
                drop(callback.call1(&JsValue::UNDEFINED, &results.show(Progress::from(progress))));
            })
        });
        Watch { on_progress, abort: self.abort.clone() }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if let Some((signal, listener)) = &self.listening {
            signal.unlisten("abort", listener);
        }
    }
}
