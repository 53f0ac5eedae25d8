//! Connections: listening, TLS, and the faults that need the socket itself.

use crate::pipeline::{Core, Delivery, Ending, Origin};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::Sleep,
};
use tokio_rustls::TlsAcceptor;

/// Accepts until it is dropped; dropping it ends all connections.
pub(crate) async fn serve(
    core: Arc<Core>,
    listener: TcpListener,
    origin: Origin,
    tls: Option<TlsAcceptor>,
) {
    let origin = Arc::new(origin);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let _ = stream.set_nodelay(true);
                connections.spawn(connection(core.clone(), origin.clone(), tls.clone(), stream));
            }
            // Reaps the ended ones.
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(
    core: Arc<Core>,
    origin: Arc<Origin>,
    tls: Option<TlsAcceptor>,
    stream: TcpStream,
) {
    let ending = Shared::default();
    let socket = Socket {
        stream,
        ending: ending.clone(),
    };
    match tls {
        None => talk(core, origin, socket, ending).await,
        Some(acceptor) => {
            if let Ok(stream) = acceptor.accept(socket).await {
                talk(core, origin, stream, ending).await;
            }
        }
    }
}

async fn talk<S>(core: Arc<Core>, origin: Arc<Origin>, stream: S, ending: Shared)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let (core, origin, ending) = (core.clone(), origin.clone(), ending.clone());
        async move { answer(&core, &origin, request, &ending).await }
    });
    // An error here is a client that left, or a cut that was ordered.
    let _ = auto::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// An error makes hyper drop the connection: exactly what a cut is.
async fn answer(
    core: &Core,
    origin: &Origin,
    request: Request<Incoming>,
    ending: &Shared,
) -> Result<Response<Out>, io::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let delivery = core.handle(origin, Request::from_parts(parts, body)).await;
    Ok(match delivery {
        Delivery::Whole(response) => response.map(Out::whole),
        Delivery::Slow(response, bytes, every) => {
            response.map(|body| Out::slow(body, bytes, every))
        }
        Delivery::Truncated(response, keep) => response.map(|body| Out::truncated(&body, keep)),
        Delivery::Cut(how) => {
            ending.set(how);
            return Err(io::Error::other("cut"));
        }
    })
}

/// A body that can be slow, or end too early.
struct Out {
    rest: Bytes,
    /// What the client is told to expect.
    promised: u64,
    piece: usize,
    /// Fail instead of ending.
    broken: bool,
    pause: Option<(Duration, Pin<Box<Sleep>>)>,
}

impl Out {
    fn whole(body: Bytes) -> Self {
        Self {
            promised: body.len() as u64,
            rest: body,
            piece: usize::MAX,
            broken: false,
            pause: None,
        }
    }

    fn slow(body: Bytes, piece: usize, every: Duration) -> Self {
        let pause = Some((every, Box::pin(tokio::time::sleep(every))));
        Self {
            piece,
            pause,
            ..Self::whole(body)
        }
    }

    /// The pause gives the first half time to leave before the connection breaks.
    fn truncated(body: &Bytes, keep: usize) -> Self {
        let promised = body.len() as u64;
        let pause = Duration::from_millis(20);
        Self {
            promised,
            broken: true,
            ..Self::slow(body.slice(..keep.min(body.len())), usize::MAX, pause)
        }
    }
}

impl Body for Out {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.rest.is_empty() && !self.broken {
            return Poll::Ready(None);
        }
        let (broken, empty) = (self.broken, self.rest.is_empty());
        // A broken body sends first and waits after.
        if let Some((every, sleep)) = &mut self.pause
            && (!broken || empty)
        {
            ready!(sleep.as_mut().poll(cx));
            let next = tokio::time::Instant::now() + *every;
            sleep.as_mut().reset(next);
        }
        if empty {
            return Poll::Ready(Some(Err(io::Error::other("truncated"))));
        }
        let piece = self.piece.min(self.rest.len());
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(piece)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && !self.broken
    }

    fn size_hint(&self) -> SizeHint {
        // hyper writes `content-length` from the first hint.
        SizeHint::with_exact(match self.broken {
            true => self.promised,
            false => self.rest.len() as u64,
        })
    }
}

/// How a connection is to end, told to its socket by the request that was cut.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Ending>>);

impl Shared {
    fn set(&self, ending: Ending) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = ending;
    }

    fn get(&self) -> Ending {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// A stream that ends as it is told.
struct Socket {
    stream: TcpStream,
    ending: Shared,
}

impl Drop for Socket {
    fn drop(&mut self) {
        match self.ending.get() {
            Ending::Close => {}
            Ending::Reset => {
                let _ = self.stream.set_zero_linger();
            }
            Ending::Raw(bytes) => {
                let _ = self.stream.try_write(&bytes);
            }
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !matches!(self.ending.get(), Ending::Close) {
            // The end comes with the drop; an orderly one before would hide it.
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
