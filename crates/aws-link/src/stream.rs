//! A flow as a stream: what it tells on the way, and how it ends.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use tokio::time::Instant;

use crate::aws::error::AwsError;
use crate::aws::follow::{Listener, News};
use crate::aws::stack::StackEvent;
use crate::error::{Error, Started};

/// One item of [`Events`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Item<E, D> {
    /// On the way.
    Event(E),
    /// The end: nothing comes after it.
    Done(D),
}

/// A running flow. It runs while it is polled and stops where it is when it is
/// dropped; the same flow, started anew, goes on from there.
pub struct Events<E, D> {
    queue: Reporter<E>,
    flow: Option<Flow<D>>,
}

type Flow<D> = Pin<Box<dyn Future<Output = Result<D, Error>> + Send>>;

impl<E, D> Events<E, D> {
    pub(crate) fn new(queue: Reporter<E>, flow: Flow<D>) -> Self {
        Self {
            queue,
            flow: Some(flow),
        }
    }

    /// What this run has set going so far: what to tell when it is interrupted.
    /// `None` while nothing has been started.
    pub fn started(&self) -> Option<Started> {
        self.queue.started()
    }

    /// Runs to the end without looking at the events.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn wait(mut self) -> Result<D, Error> {
        match self.flow.take() {
            Some(flow) => flow.await,
            None => Err(Error::Setting("the flow has run to its end already".into())),
        }
    }
}

impl<E, D> Stream for Events<E, D> {
    type Item = Result<Item<E, D>, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let Some(flow) = &mut this.flow else {
            return Poll::Ready(None);
        };
        if let Some(event) = this.queue.pop() {
            return Poll::Ready(Some(Ok(Item::Event(event))));
        }
        match flow.as_mut().poll(cx) {
            // The flow pauses after each event, for its reader.
            Poll::Pending => match this.queue.pop() {
                Some(event) => Poll::Ready(Some(Ok(Item::Event(event)))),
                None => Poll::Pending,
            },
            Poll::Ready(end) => {
                this.flow = None;
                Poll::Ready(Some(end.map(Item::Done)))
            }
        }
    }
}

impl<E, D> fmt::Debug for Events<E, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events")
            .field("running", &self.flow.is_some())
            .finish_non_exhaustive()
    }
}

/// The flow's side of the stream.
pub(crate) struct Reporter<E>(Arc<Mutex<Reports<E>>>);

struct Reports<E> {
    queue: VecDeque<E>,
    started: Option<Started>,
    /// When the last event was told, until the flow goes on.
    told: Option<Instant>,
}

impl<E> Clone for Reporter<E> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<E> Default for Reporter<E> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Reports {
            queue: VecDeque::new(),
            started: None,
            told: None,
        })))
    }
}

impl<E> Reporter<E> {
    /// Remembers what goes on without us from now on.
    pub(crate) fn start(&self, change: impl FnOnce(&mut Started)) {
        change(self.lock().started.get_or_insert_default());
    }

    /// Nothing goes on after all.
    pub(crate) fn stop(&self) {
        self.lock().started = None;
    }

    pub(crate) fn started(&self) -> Option<Started> {
        self.lock().started.clone()
    }

    /// How long the reader had the last event for, once.
    fn pause(&self) -> Option<Duration> {
        self.lock().told.take().map(|told| told.elapsed())
    }

    fn pop(&self) -> Option<E> {
        self.lock().queue.pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, Reports<E>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<E: fmt::Debug> Reporter<E> {
    /// Tells an event and lets the reader have it before going on.
    pub(crate) async fn tell(&self, event: E) {
        tracing::debug!(?event, "link");
        {
            let mut reports = self.lock();
            reports.queue.push_back(event);
            reports.told = Some(Instant::now());
        }
        let mut told = false;
        std::future::poll_fn(|cx| {
            if std::mem::replace(&mut told, true) {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}

/// Runs a flow within its time, to which what its reader takes for an event does
/// not count: somebody may be asked. What it has started by then goes on, and the
/// error says so.
pub(crate) async fn within<E, D>(
    limit: Option<Duration>,
    reporter: &Reporter<E>,
    flow: impl Future<Output = Result<D, Error>>,
) -> Result<D, Error> {
    let mut begun = Instant::now();
    let mut flow = pin!(flow);
    let mut up = pin!(limit.map(tokio::time::sleep));
    let end = std::future::poll_fn(|cx| {
        let pause = reporter.pause();
        if let Some(pause) = pause {
            begun += pause;
        }
        if let (Some(limit), Some(mut up)) = (limit, up.as_mut().as_pin_mut()) {
            // A limit beyond all times is none.
            if pause.is_some()
                && let Some(end) = begun.checked_add(limit)
            {
                up.as_mut().reset(end);
            }
            // Before the flow: it sends nothing when its time is up.
            if up.poll(cx).is_ready() {
                return Poll::Ready(None);
            }
        }
        flow.as_mut().poll(cx).map(Some)
    })
    .await;
    let waited = begun.elapsed();
    match (end, reporter.started()) {
        (None, Some(started)) => Err(Error::Pending { started, waited }),
        (None, None) => Err(Error::TimeUp { waited }),
        // What was started goes on, whatever kept us from watching it.
        (
            Some(Err(
                error @ (Error::Vmc(_) | Error::Aws(_) | Error::Journal(_) | Error::Outage { .. }),
            )),
            Some(started),
        ) => Err(Error::LostSight {
            started,
            source: Box::new(error),
        }),
        (Some(end), _) => end,
    }
}

/// What is told about a stack that is followed.
pub(crate) trait StackTale: fmt::Debug + Send {
    /// Something happened in the stack.
    fn happened(event: StackEvent) -> Self;

    /// A look failed.
    fn hiccup(message: String, lasting: Duration) -> Self;
}

/// Passes stack news on and keeps the failures.
pub(crate) struct Watcher<'a, E> {
    reporter: &'a Reporter<E>,
    pub(crate) failures: Vec<StackEvent>,
}

impl<'a, E> Watcher<'a, E> {
    pub(crate) fn new(reporter: &'a Reporter<E>) -> Self {
        Self {
            reporter,
            failures: Vec::new(),
        }
    }
}

impl<E: StackTale> Listener for Watcher<'_, E> {
    async fn tell(&mut self, news: News) {
        let told = match news {
            News::Event(event) => {
                if event.status.ends_with("_FAILED") {
                    self.failures.push(event.clone());
                }
                E::happened(event)
            }
            News::Hiccup(error, lasting) => E::hiccup(AwsError::to_string(&error), lasting),
        };
        self.reporter.tell(told).await;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    async fn is_pending<T>(mut flow: Pin<&mut impl Future<Output = T>>) -> bool {
        std::future::poll_fn(|cx| Poll::Ready(flow.as_mut().poll(cx).is_pending())).await
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_goes_on_once_the_time_is_up() {
        let reporter = Reporter::<()>::default();
        let sent = Cell::new(false);
        let flow = async {
            tokio::task::yield_now().await;
            sent.set(true);
            Ok(())
        };
        let limit = Duration::from_secs(1);
        let mut flow = pin!(within(Some(limit), &reporter, flow));
        assert!(is_pending(flow.as_mut()).await);
        tokio::time::advance(limit * 2).await;
        let end = flow.await;
        assert!(matches!(end, Err(Error::TimeUp { .. })), "{end:?}");
        assert!(!sent.get());
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_its_reader_takes_is_given_on_top() {
        let reporter = Reporter::default();
        let flow = async {
            reporter.tell("plan").await;
            std::future::pending().await
        };
        let limit = Duration::from_secs(10);
        let mut flow = pin!(within::<_, ()>(Some(limit), &reporter, flow));
        assert!(is_pending(flow.as_mut()).await);
        tokio::time::advance(Duration::from_secs(3600)).await;
        let begun = Instant::now();
        let Err(Error::TimeUp { waited }) = flow.await else {
            panic!("no end")
        };
        assert_eq!(begun.elapsed().as_secs(), 10);
        assert_eq!(waited.as_secs(), 10);
    }
}
