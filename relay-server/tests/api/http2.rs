//! Many uploads beside each other on one HTTP/2 connection, as browsers have it over TLS.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use h2::SendStream;
use h2::client::{ResponseFuture, SendRequest};
use http_of_h2::Request;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::relay::Relay;
use crate::tls::{Certificate, localhost};
use crate::uploads::Desk;

const UPLOADS: usize = 8;
/// What a client sends of a body before the relay takes any of it.
const WINDOW_BYTES: usize = 1024 * 1024;
/// An upload that cannot go on in this time does not go on.
const LONGEST: Duration = Duration::from_secs(30);

#[test]
fn patches_that_wait_for_their_turn_leave_room_for_those_they_wait_for() {
    let desk = Desk::open();
    let certificate = Certificate::make();
    // A second relay over the same stores, for a connection with TLS.
    let relay = Relay::with(|options| {
        options.data_dir = Some(desk.relay.data.path().to_owned());
        certificate.serve(options);
    });
    let address: SocketAddr = relay.url.strip_prefix("https://").unwrap().parse().unwrap();
    let paths: Vec<String> = (0..UPLOADS).map(|_| desk.begin(2 * WINDOW_BYTES)).collect();
    let rest = Bytes::from(vec![1; WINDOW_BYTES]);
    let beginning = Bytes::from(vec![0; WINDOW_BYTES]);
    let sent = async {
        let connection = connect(address, &certificate).await;
        let mut answers = Vec::new();
        for path in &paths {
            answers.push(patch(&connection, &desk, path, WINDOW_BYTES, rest.clone()).await);
        }
        for path in &paths {
            answers.push(patch(&connection, &desk, path, 0, beginning.clone()).await);
        }
        for answer in answers {
            assert_eq!(answer.await.unwrap().status(), 204);
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime
        .block_on(async { tokio::time::timeout(LONGEST, sent).await })
        .expect("the connection is not stuck");
    for path in &paths {
        assert_eq!(desk.offset(path), Some(2 * WINDOW_BYTES));
    }
}

async fn connect(address: SocketAddr, certificate: &Certificate) -> SendRequest<Bytes> {
    let mut config = certificate.client();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let line = TcpStream::connect(address).await.unwrap();
    let line = TlsConnector::from(Arc::new(config)).connect(localhost(), line).await.unwrap();
    let (requests, connection) = h2::client::handshake(line).await.unwrap();
    tokio::spawn(connection);
    requests.ready().await.unwrap()
}

/// Sends a PATCH to its last byte, which the relay need not have taken.
async fn patch(
    connection: &SendRequest<Bytes>,
    desk: &Desk,
    path: &str,
    offset: usize,
    body: Bytes,
) -> ResponseFuture {
    let request = Request::patch(format!("https://localhost{path}"))
        .header("authorization", &desk.author.bearer)
        .header("tus-resumable", "1.0.0")
        .header("content-type", "application/offset+octet-stream")
        .header("upload-offset", offset)
        .body(())
        .unwrap();
    let mut connection = connection.clone().ready().await.unwrap();
    let (answer, mut line) = connection.send_request(request, false).unwrap();
    send(&mut line, body).await;
    answer
}

async fn send(line: &mut SendStream<Bytes>, mut body: Bytes) {
    while !body.is_empty() {
        line.reserve_capacity(body.len());
        let room = std::future::poll_fn(|context| line.poll_capacity(context)).await.unwrap().unwrap();
        line.send_data(body.split_to(room.min(body.len())), false).unwrap();
    }
    line.send_data(body, true).unwrap();
}
