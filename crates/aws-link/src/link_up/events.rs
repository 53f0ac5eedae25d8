//! What a running link tells, as a stream.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use time::OffsetDateTime;
use vmc_api::TaskId;
use vmc_api::models::{AwsCompatibleSubnets, AwsCustomerConnectedAccount, Task};

use crate::aws::Identity;
use crate::aws::stack::{Stack, StackEvent};
use crate::error::{Error, Started};
use crate::link_up::plan::Plan;
use crate::template::review::Review;

/// Something that happened on the way to a link.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum LinkUpEvent {
    /// The live state was read.
    Observed {
        /// Who asks at AWS.
        identity: Identity,
        /// How many accounts the organization lists.
        accounts: usize,
        /// The stack of this link, where there is one.
        stack: Option<Stack>,
    },
    /// What is going to be done.
    Decided(Plan),
    /// A stack that is in the way is being deleted.
    StackDeleting(Stack),
    /// VMware Cloud made a link request.
    LinkRequested {
        /// The task that tracks it.
        tracking_task: TaskId,
        /// When it ends.
        expires: Option<OffsetDateTime>,
    },
    /// The template was read. Nothing has been created yet: dropping the stream
    /// here leaves no more than a link request that expires.
    TemplateReviewed(Review),
    /// CloudFormation has not taken the stack yet; it is asked again.
    NotCreatedYet {
        /// What it said.
        message: String,
        /// How long it has been asked.
        lasting: Duration,
    },
    /// CloudFormation accepted the stack.
    StackCreating {
        /// ARN.
        stack: String,
        /// Region.
        region: String,
    },
    /// Something happened in the stack.
    StackEvent(StackEvent),
    /// The tracking task moved.
    Task(Box<Task>),
    /// A look failed; the wait goes on.
    Hiccup {
        /// What failed.
        message: String,
        /// How long looks have been failing.
        lasting: Duration,
    },
    /// The account is linked.
    Confirmed(Box<AwsCustomerConnectedAccount>),
    /// The link could not be noted down. It is there all the same.
    NotRemembered {
        /// Why.
        message: String,
    },
    /// The subnets could not be listed. The link is there all the same.
    SubnetsUnread {
        /// Why.
        message: String,
    },
}

/// How a link ended.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum LinkUpOutcome {
    /// The account is linked.
    Linked(Box<Linked>),
    /// The stack is being made; nobody waits for it (`no_wait`).
    Started(Started),
}

/// A link that is there.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Linked {
    /// It was there before: nothing was done.
    pub already: bool,
    /// Who asked at AWS.
    pub identity: Identity,
    /// The link.
    pub account: AwsCustomerConnectedAccount,
    /// Subnets that an SDDC can be linked to, where they could be listed.
    pub subnets: Option<AwsCompatibleSubnets>,
}

/// One item of [`LinkUpEvents`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum LinkUpItem {
    /// On the way.
    Event(LinkUpEvent),
    /// The end: nothing comes after it.
    Done(LinkUpOutcome),
}

/// A running link. It runs while it is polled and stops where it is when it is
/// dropped; [`LinkUp`](crate::LinkUp) then goes on from there.
pub struct LinkUpEvents {
    queue: Reporter,
    flow: Option<Flow>,
}

type Flow = Pin<Box<dyn Future<Output = Result<LinkUpOutcome, Error>> + Send>>;

impl LinkUpEvents {
    pub(crate) fn new(queue: Reporter, flow: Flow) -> Self {
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
    pub async fn wait(mut self) -> Result<LinkUpOutcome, Error> {
        match self.flow.take() {
            Some(flow) => flow.await,
            None => Err(Error::Setting("the link has run to its end already".into())),
        }
    }
}

impl Stream for LinkUpEvents {
    type Item = Result<LinkUpItem, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let Some(flow) = &mut this.flow else {
            return Poll::Ready(None);
        };
        if let Some(event) = this.queue.pop() {
            return Poll::Ready(Some(Ok(LinkUpItem::Event(event))));
        }
        match flow.as_mut().poll(cx) {
            // The flow pauses after each event, for its reader.
            Poll::Pending => match this.queue.pop() {
                Some(event) => Poll::Ready(Some(Ok(LinkUpItem::Event(event)))),
                None => Poll::Pending,
            },
            Poll::Ready(end) => {
                this.flow = None;
                Poll::Ready(Some(end.map(LinkUpItem::Done)))
            }
        }
    }
}

impl std::fmt::Debug for LinkUpEvents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LinkUpEvents")
            .field("running", &self.flow.is_some())
            .finish_non_exhaustive()
    }
}

/// The flow's side of the stream.
#[derive(Clone, Default)]
pub(crate) struct Reporter(Arc<Mutex<Reports>>);

#[derive(Default)]
struct Reports {
    queue: VecDeque<LinkUpEvent>,
    started: Option<Started>,
}

impl Reporter {
    /// Tells an event and lets the reader have it before going on.
    pub(crate) async fn tell(&self, event: LinkUpEvent) {
        tracing::debug!(?event, "link");
        self.push(event);
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

    fn push(&self, event: LinkUpEvent) {
        self.lock().queue.push_back(event);
    }

    fn pop(&self) -> Option<LinkUpEvent> {
        self.lock().queue.pop_front()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Reports> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
