//! The wire between a client and a relay: it records what goes up, can be pointed at another relay, and can call out
//! when so many bytes have passed.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A TCP proxy on a free loopback port.
pub struct Wire {
    shared: Arc<Shared>,
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

struct Shared {
    target: Mutex<u16>,
    record: Mutex<Vec<u8>>,
    passed: watch::Sender<usize>,
}

impl Wire {
    /// Lays a wire to the loopback port `target`.
    pub async fn to(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            target: Mutex::new(target),
            record: Mutex::default(),
            passed: watch::Sender::new(0),
        });
        let accepting = tokio::spawn(accept(listener, shared.clone()));
        Self { shared, address, accepting }
    }

    /// What the client takes for the relay.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Points new connections at another port.
    pub fn turn(&self, target: u16) {
        *self.shared.target.lock().unwrap() = target;
    }

    /// Waits until so many bytes have gone up in all.
    pub async fn passed(&self, bytes: usize) {
        let mut passed = self.shared.passed.subscribe();
        passed.wait_for(|sum| *sum >= bytes).await.expect("the wire holds the sender");
    }

    /// How many bytes have gone up.
    #[must_use]
    pub fn bytes(&self) -> usize {
        *self.shared.passed.borrow()
    }

    /// Everything that went up, connection by connection interleaved as it came.
    #[must_use]
    pub fn record(&self) -> Vec<u8> {
        self.shared.record.lock().unwrap().clone()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((near, _)) = listener.accept().await {
        let target = *shared.target.lock().unwrap();
        let shared = shared.clone();
        tokio::spawn(async move {
            // A relay that is down refuses: then the client's connection closes, as it would without a wire.
            if let Ok(far) = TcpStream::connect(("127.0.0.1", target)).await {
                join(near, far, &shared).await;
            }
        });
    }
}

/// Carries bytes both ways until either side is gone.
async fn join(near: TcpStream, far: TcpStream, shared: &Shared) {
    let (mut from_near, mut to_near) = near.into_split();
    let (mut from_far, mut to_far) = far.into_split();
    tokio::select! {
        () = carry_up(&mut from_near, &mut to_far, shared) => {}
        _ = copy(&mut from_far, &mut to_near) => {}
    }
}

async fn carry_up(from: &mut OwnedReadHalf, to: &mut OwnedWriteHalf, shared: &Shared) {
    let mut piece = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut piece).await {
        shared.record.lock().unwrap().extend_from_slice(&piece[..read]);
        shared.passed.send_modify(|sum| *sum += read);
        if to.write_all(&piece[..read]).await.is_err() {
            return;
        }
    }
}
