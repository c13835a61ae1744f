//! Uploads over a bad line: what was sealed once is sent again, and never sealed again.

use std::cell::Cell;

use keyferry_client::Watch;
use keyferry_client::native::BytesSource;
use keyferry_client::platform::{Response, TransportError};
use keyferry_protocol::Code;

use crate::people::{Acme, content, options};

/// An offset that the first part does not reach.
const WITHIN_SECOND_PART: u64 = 5 * 1024 * 1024;

fn lost() -> TransportError {
    TransportError("lost on purpose".into())
}

fn with_offset(response: Response, offset: u64) -> Response {
    let mut headers = response.headers;
    headers.retain(|(name, _)| name != "upload-offset");
    headers.push(("upload-offset".into(), offset.to_string()));
    Response { headers, ..response }
}

fn offset_of(response: &Response) -> u64 {
    response.header("upload-offset").map_or(0, |offset| offset.parse().unwrap())
}

#[tokio::test]
async fn an_upload_whose_answers_are_lost_resumes_without_sending_twice() {
    let acme = Acme::found().await;
    let bytes = content(20 * 1024 * 1024);
    let lose = Cell::new(true);
    acme.owner.wire().turn(move |method, _, response| {
        // Every other answer to a PATCH is lost after the relay took the bytes.
        let lose = method == "PATCH" && lose.replace(!lose.get());
        if lose { Err(lost()) } else { Ok(response) }
    });
    let source = BytesSource::stream(bytes.clone());
    let files = acme.owner.session.files();
    let file = files.upload(acme.organization.id, source, options(), &Watch::default()).await.unwrap();
    assert_eq!(acme.owner.wire().patched_bytes(), file.content_bytes, "the relay said it had them");
    assert!(acme.owner.wire().asked().iter().any(|asked| asked.starts_with("HEAD ")));
    acme.owner.wire().straight();
    assert!(acme.approver.read(&file).await.unwrap() == bytes);
}

#[tokio::test]
async fn a_lowered_offset_begins_anew_under_a_fresh_key_or_not_at_all() {
    let acme = Acme::found().await;
    let bytes = content(20 * 1024 * 1024);
    let files = acme.owner.session.files();
    // The first answer after the first part's is lost, and the relay then says that it has nothing.
    let lie = || {
        let lose = Cell::new(true);
        move |method: &str, _: &str, response: Response| match method {
            "PATCH" if offset_of(&response) > WITHIN_SECOND_PART && lose.replace(false) => Err(lost()),
            "HEAD" => Ok(with_offset(response, 0)),
            _ => Ok(response),
        }
    };
    acme.owner.wire().turn(lie());
    acme.owner.wire().asked();
    let source = BytesSource::file(bytes.clone());
    let file = files.upload(acme.organization.id, source, options(), &Watch::default()).await.unwrap();
    let asked = acme.owner.wire().asked();
    assert_eq!(asked.iter().filter(|asked| *asked == "POST /v1/uploads").count(), 2);
    acme.owner.wire().turn(lie());
    let source = BytesSource::stream(bytes.clone());
    let refused = files.upload(acme.organization.id, source, options(), &Watch::default()).await.unwrap_err();
    assert_eq!(refused.code, Code::UploadOffset, "a stream cannot be read again");
    acme.owner.wire().straight();
    assert!(acme.approver.read(&file).await.unwrap() == bytes);
    assert_eq!(files.list(acme.organization.id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_file_version_whose_answer_is_lost_is_made_once() {
    let acme = Acme::found().await;
    let lose = Cell::new(true);
    acme.owner.wire().turn(move |method, path, response| {
        let lose = method == "POST" && path.ends_with("/versions") && lose.replace(false);
        if lose { Err(lost()) } else { Ok(response) }
    });
    let file = acme.owner.upload(acme.organization.id, &content(5)).await;
    acme.owner.wire().straight();
    assert_eq!(acme.owner.session.files().list(acme.organization.id).await.unwrap(), [file]);
}

#[tokio::test]
async fn a_source_that_changed_is_noticed() {
    struct Shrinking(BytesSource);
    impl keyferry_client::platform::Source for Shrinking {
        type Buffer = bytes::Bytes;
        fn size(&self) -> Option<u64> {
            Some(3_000_000)
        }
        async fn read(
            &mut self,
            max_bytes: usize,
        ) -> Result<Option<bytes::Bytes>, keyferry_client::platform::SourceError> {
            self.0.read(max_bytes).await
        }
        async fn rewind(&mut self) -> bool {
            self.0.rewind().await
        }
    }
    let acme = Acme::found().await;
    for bytes in [2_999_999, 3_000_001] {
        let source = Shrinking(BytesSource::file(content(bytes)));
        let files = acme.owner.session.files();
        let refused =
            files.upload(acme.organization.id, source, options(), &Watch::default()).await.unwrap_err();
        assert_eq!(refused.code, Code::SourceChanged);
    }
}
