//! A person who is logged in.

use js_sys::{Function, Promise};
use keyferry_client::{NewKeys, Session, Watch};
use keyferry_protocol::json::Value;
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use super::answer::{Answer, ResultHost, done};
use super::watch::{JsAbortSignal, linked};
use crate::platform::JsPlatform;
use crate::view::{AuditEvent, Notice, Person, Show};

/// A session. Its keys are handles that cannot be exported.
#[wasm_bindgen]
#[derive(Clone)]
pub struct RawSession {
    pub(super) session: Session<JsPlatform>,
    pub(super) results: ResultHost,
}

impl RawSession {
    /// Runs a flow of this session.
    pub(super) fn flow<F: Future<Output = Answer> + 'static>(&self, flow: impl FnOnce(Self) -> F) -> Promise {
        self.results.promise(flow(self.clone()))
    }

    /// Runs a long flow of this session: it stops with `signal` and tells `on_progress`.
    pub(super) fn watched<F: Future<Output = Answer> + 'static>(
        &self,
        on_progress: Option<Function>,
        signal: Option<JsAbortSignal>,
        flow: impl FnOnce(Self, Watch) -> F + 'static,
    ) -> Promise {
        self.flow(async move |it| {
            let link = linked(signal);
            let watch = link.watch(on_progress, &it.results);
            flow(it, watch).await
        })
    }

    /// What a flow gave, as JavaScript sees it.
    pub(super) fn show<V: Show>(&self, found: impl Into<V>) -> Answer {
        let view: V = found.into();
        Ok(self.results.show(view))
    }

    /// A listing that a flow gave, as JavaScript sees it.
    pub(super) fn show_each<V: Show + From<T>, T>(&self, found: Vec<T>) -> Answer {
        let shown = found.into_iter().filter_map(|one| V::from(one).show()).collect();
        Ok(self.results.value(&Value::Array(shown).to_text()))
    }
}

#[wasm_bindgen]
impl RawSession {
    /// Who is logged in.
    #[wasm_bindgen(unchecked_return_type = "Person")]
    #[must_use]
    pub fn me(&self) -> JsValue {
        self.results.show(Person::from(self.session.me()))
    }

    /// Gives notices to `on_notice` until `signal` stops it. `on_connected` is called after every connection.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn notices(
        &self,
        on_connected: Function,
        on_notice: Function,
        signal: Option<JsAbortSignal>,
    ) -> Promise {
        self.flow(async move |it| {
            let link = linked(signal);
            // What a listener throws is its own affair; the stream goes on.
            let connected = || drop(on_connected.call0(&JsValue::UNDEFINED));
            let notice = |notice| {
                drop(on_notice.call1(&JsValue::UNDEFINED, &it.results.show(Notice::from(notice))));
            };
            done(it.session.notices(&connected, &notice, link.abort()).await)
        })
    }

    /// Puts another passphrase in the place of `current`, and ends every other session.
    #[wasm_bindgen(js_name = changePassphrase, unchecked_return_type = "Promise<void>")]
    pub fn change_passphrase(&self, current: String, new: String) -> Promise {
        let (current, new) = (Zeroizing::new(current), Zeroizing::new(new));
        self.flow(async move |it| done(it.session.change_passphrase(&current, &new).await))
    }

    /// Makes a recovery code and resolves with its words.
    #[wasm_bindgen(js_name = createRecoveryCode, unchecked_return_type = "Promise<string>")]
    pub fn create_recovery_code(&self, passphrase: String) -> Promise {
        let passphrase = Zeroizing::new(passphrase);
        // The words go to the page, which shows them.
        self.flow(async move |it| Ok(it.session.create_recovery_code(&passphrase).await?.as_str().into()))
    }

    /// Makes the person's next key and wraps everything to it. Resolves with the next recovery code, if there was one.
    #[wasm_bindgen(js_name = rotateKeys, unchecked_return_type = "Promise<string | undefined>")]
    pub fn rotate_keys(
        &self,
        passphrase: String,
        new: Option<String>,
        identity: bool,
        on_progress: Option<Function>,
        signal: Option<JsAbortSignal>,
    ) -> Promise {
        let (passphrase, new) = (Zeroizing::new(passphrase), new.map(Zeroizing::new));
        self.watched(on_progress, signal, async move |it, watch| {
            let new_passphrase = new.as_ref().map(|new| new.as_str());
            let keys = NewKeys { passphrase: &passphrase, new_passphrase, identity };
            let code = it.session.rotate_keys(keys, &watch).await?;
            Ok(code.map_or(JsValue::UNDEFINED, |code| code.as_str().into()))
        })
    }

    /// Tests a recovery code, which stays good.
    #[wasm_bindgen(js_name = testRecoveryCode, unchecked_return_type = "Promise<void>")]
    pub fn test_recovery_code(&self, code: String) -> Promise {
        let code = Zeroizing::new(code);
        self.flow(async move |it| done(it.session.test_recovery_code(&code).await))
    }

    /// Suspends the account, whose keys may be in somebody else's hands.
    #[wasm_bindgen(js_name = reportCompromise, unchecked_return_type = "Promise<AuditEvent[]>")]
    pub fn report_compromise(&self, passphrase: String) -> Promise {
        let passphrase = Zeroizing::new(passphrase);
        self.flow(async move |it| {
            it.show_each::<AuditEvent, _>(it.session.report_compromise(&passphrase).await?)
        })
    }

    /// Erases the account.
    #[wasm_bindgen(js_name = eraseAccount, unchecked_return_type = "Promise<void>")]
    pub fn erase_account(&self, passphrase: String) -> Promise {
        let passphrase = Zeroizing::new(passphrase);
        self.flow(async move |it| done(it.session.erase_account(&passphrase).await.map(drop)))
    }

    /// Ends the session at the relay.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn logout(&self) -> Promise {
        self.flow(async move |it| done(it.session.logout().await))
    }
}
