//! Ctrl-C: what it means depends on what is under way.

use std::io::Write as _;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::error::Error;

/// How far the command has got.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    /// Nothing was changed anywhere.
    Idle,
    /// A request is out whose loss would leave us in the dark.
    Acting { what: String, find_out: String },
    /// A request was answered, and its result is not shown yet.
    Acted { what: String, find_out: String },
    /// Something goes on without us.
    Going { what: String, resume: String },
    /// A part is done, and the rest waits for us.
    HalfDone { done: String, resume: String },
}

/// Watches for Ctrl-C, and knows what it would break off.
#[derive(Debug)]
pub(crate) struct Interrupt {
    stage: Mutex<Stage>,
    changed: Notify,
    armed: Notify,
    /// Whether the command ends by itself when it is told to.
    orderly: AtomicBool,
    /// Whether it is told to.
    stopping: AtomicBool,
    stop: Notify,
}

/// While this is there, the first Ctrl-C does not break the command off but
/// tells it to end: it has to tidy up, such as to log out.
pub(crate) struct Orderly<'a>(&'a Interrupt);

impl Orderly<'_> {
    /// Ready when the command is to end, with the error to end with. Never
    /// while a request is out.
    pub(crate) async fn stopped(&self) -> Error {
        loop {
            let stage = self.0.stage().clone();
            if self.0.stopping.load(Ordering::Relaxed) && !matches!(stage, Stage::Acting { .. }) {
                return stage.broken_off();
            }
            self.0.stop.notified().await;
        }
    }
}

impl Drop for Orderly<'_> {
    fn drop(&mut self) {
        self.0.orderly.store(false, Ordering::Relaxed);
    }
}

impl Interrupt {
    /// Not armed: Ctrl-C kills the process as usual.
    pub(crate) fn new() -> Self {
        Self {
            stage: Mutex::new(Stage::Idle),
            changed: Notify::new(),
            armed: Notify::new(),
            orderly: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            stop: Notify::new(),
        }
    }

    /// From now on the command ends by itself when it is told to.
    pub(crate) fn orderly(&self) -> Orderly<'_> {
        self.orderly.store(true, Ordering::Relaxed);
        Orderly(self)
    }

    /// If the command is such a one, tells it to end.
    fn told_to_end(&self) -> bool {
        let orderly = self.orderly.load(Ordering::Relaxed);
        if orderly {
            self.stopping.store(true, Ordering::Relaxed);
            self.stop.notify_one();
        }
        orderly
    }

    /// Takes Ctrl-C over, from now on.
    pub(crate) fn arm(&self) {
        self.armed.notify_one();
    }

    /// Runs a request that must not be broken off lightly. The first Ctrl-C
    /// waits for its answer.
    ///
    /// `what` completes "the answer to …", `find_out` is a command.
    pub(crate) async fn acting<T>(
        &self,
        what: impl Into<String>,
        find_out: impl Into<String>,
        request: impl Future<Output = T>,
    ) -> T {
        let before = self.set(Stage::Acting {
            what: what.into(),
            find_out: find_out.into(),
        });
        let result = request.await;
        self.set(before);
        result
    }

    /// As [`acting`](Self::acting); from then on there is a result to show.
    pub(crate) async fn acting_last<T>(
        &self,
        what: &str,
        find_out: &str,
        request: impl Future<Output = T>,
    ) -> T {
        let result = self.acting(what, find_out, request).await;
        self.set(Stage::Acted {
            what: what.to_owned(),
            find_out: find_out.to_owned(),
        });
        result
    }

    /// Follows something that goes on without us. `what` completes "… goes on".
    pub(crate) async fn following<T>(
        &self,
        what: impl Into<String>,
        resume: impl Into<String>,
        work: impl Future<Output = T>,
    ) -> T {
        let before = self.set(Stage::Going {
            what: what.into(),
            resume: resume.into(),
        });
        let result = work.await;
        self.set(before);
        result
    }

    /// From now on something goes on without us. `what` completes "… goes on".
    pub(crate) fn going(&self, what: impl Into<String>, resume: impl Into<String>) {
        self.set(Stage::Going {
            what: what.into(),
            resume: resume.into(),
        });
    }

    /// From now on a part is done and the rest is not. `done` is a sentence.
    pub(crate) fn half_done(&self, done: impl Into<String>, resume: impl Into<String>) {
        self.set(Stage::HalfDone {
            done: done.into(),
            resume: resume.into(),
        });
    }

    /// It is over.
    pub(crate) fn over(&self) {
        self.set(Stage::Idle);
    }

    fn set(&self, stage: Stage) -> Stage {
        let before = std::mem::replace(&mut *self.stage(), stage);
        self.changed.notify_one();
        before
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs the command until it ends or is interrupted.
    pub(crate) async fn guard<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        self.guard_with(work, Signals::new).await
    }

    async fn guard_with<T, S: Source>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
        source: impl Fn() -> Option<S>,
    ) -> Result<T, Error> {
        let mut work = pin!(work);
        let mut signals: Option<S> = None;
        let mut asked = false;
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = self.armed.notified(), if signals.is_none() => signals = source(),
                () = next(&mut signals) => match self.stage().clone() {
                    Stage::Acting { what, .. } if !asked => {
                        asked = true;
                        let _ = writeln!(
                            anstream::stderr(),
                            "Stopping after the answer to {what}; press Ctrl-C again to stop at once."
                        );
                    }
                    _ if !asked && self.told_to_end() => asked = true,
                    stage => return Err(stage.broken_off()),
                },
                () = self.changed.notified(), if asked => {
                    let stage = self.stage().clone();
                    if !matches!(stage, Stage::Acting { .. }) && !self.told_to_end() {
                        // The command looks at the answer first: it may have an
                        // id to show, or it may be over.
                        tokio::select! {
                            biased;
                            done = &mut work => return done,
                            () = tokio::task::yield_now() => {}
                        }
                        return Err(self.stage().clone().broken_off());
                    }
                }
            }
        }
    }
}

impl Stage {
    fn broken_off(self) -> Error {
        match self {
            Self::Idle => Error::interrupted(),
            Self::Acting { what, find_out } => Error::unknown(format!(
                "stopped before the answer to {what}: it may have been carried out"
            ))
            .hint(format!("To find out: {find_out}")),
            Self::Acted { what, find_out } => {
                Error::unknown(format!("stopped before the result of {what} was shown"))
                    .hint(format!("To see it: {find_out}"))
            }
            Self::HalfDone { done, resume } => Error::pending(format!("stopped half-way: {done}"))
                .hint(format!("To go on: {resume}")),
            Self::Going { what, resume } => {
                Error::pending(format!("stopped waiting; {what} goes on"))
                    .hint(format!("To resume: {resume}"))
            }
        }
    }
}

/// Where Ctrl-C comes from; another one in tests.
trait Source {
    async fn next(&mut self);
}

async fn next(signals: &mut Option<impl Source>) {
    match signals {
        Some(signals) => signals.next().await,
        None => std::future::pending().await,
    }
}

/// Ctrl-C, and the polite kill that job systems send.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn new() -> Option<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        // Where signals cannot be taken over, they kill, which is safe as well.
        Some(Self {
            interrupt: signal(SignalKind::interrupt()).ok()?,
            terminate: signal(SignalKind::terminate()).ok()?,
        })
    }

    #[cfg(not(unix))]
    fn new() -> Option<Self> {
        Some(Self {})
    }
}

impl Source for Signals {
    #[cfg(unix)]
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Class;
    use std::time::Duration;
    use tokio::time::sleep;

    /// A Ctrl-C each second.
    struct Clock;

    impl Source for Clock {
        async fn next(&mut self) {
            sleep(Duration::from_secs(1)).await;
        }
    }

    async fn ends(
        interrupt: &Interrupt,
        work: impl Future<Output = Result<(), Error>>,
    ) -> Option<(Class, String)> {
        interrupt.arm();
        let error = interrupt.guard_with(work, || Some(Clock)).await.err()?;
        let text = format!("{error} {}", error.hints().join(" "));
        Some((Class::of(&error)?, text))
    }

    fn seconds(n: u64) -> impl Future<Output = ()> {
        sleep(Duration::from_millis(n * 1000 + 500))
    }

    #[tokio::test(start_paused = true)]
    async fn before_anything_was_started_it_is_130() {
        let interrupt = Interrupt::new();
        let (class, _) = ends(&interrupt, async {
            seconds(9).await;
            Ok(())
        })
        .await
        .unwrap();
        assert_eq!(class, Class::Interrupted);
    }

    #[tokio::test(start_paused = true)]
    async fn while_a_task_goes_on_it_is_pending_with_the_way_back() {
        let interrupt = Interrupt::new();
        let work = async {
            interrupt.going("task t1", "vmc task wait t1");
            seconds(9).await;
            Ok(())
        };
        let (class, text) = ends(&interrupt, work).await.unwrap();
        assert_eq!(class, Class::Pending);
        assert_eq!(
            text,
            "stopped waiting; task t1 goes on To resume: vmc task wait t1"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn half_done_is_pending_and_says_what_is_done() {
        let interrupt = Interrupt::new();
        let work = async {
            interrupt.half_done("one is gone", "vmc go on");
            seconds(9).await;
            Ok(())
        };
        let (class, text) = ends(&interrupt, work).await.unwrap();
        assert_eq!(class, Class::Pending);
        assert_eq!(text, "stopped half-way: one is gone To go on: vmc go on");
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_under_way_is_waited_for_once() {
        let interrupt = Interrupt::new();
        let create = async |answer_after| {
            interrupt
                .acting("the creation", "vmc sddc list", seconds(answer_after))
                .await;
            interrupt.going("task t1", "vmc task wait t1");
            seconds(9).await;
            Ok(())
        };
        let (class, text) = ends(&interrupt, create(1)).await.unwrap();
        assert_eq!(class, Class::Pending, "{text}");
        let interrupt = Interrupt::new();
        let create = async |answer_after| {
            interrupt
                .acting("the creation", "vmc sddc list", seconds(answer_after))
                .await;
            Ok(())
        };
        let (class, text) = ends(&interrupt, create(7)).await.unwrap();
        assert_eq!(class, Class::Unknown, "{text}");
        assert!(text.contains("vmc sddc list"));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_done_is_never_called_nothing() {
        let interrupt = Interrupt::new();
        let work = async {
            interrupt
                .acting_last("the creation", "vmc cluster list", async {})
                .await;
            interrupt
                .following("task t1", "vmc task wait t1", async {})
                .await;
            seconds(9).await;
            Ok(())
        };
        let (class, text) = ends(&interrupt, work).await.unwrap();
        assert_eq!(class, Class::Unknown, "{text}");
        assert!(text.contains("To see it: vmc cluster list"), "{text}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_orderly_command_tidies_up_first() {
        let interrupt = Interrupt::new();
        let tidied = AtomicBool::new(false);
        let tidy_up = async |took| {
            let orderly = interrupt.orderly();
            let error = orderly.stopped().await;
            tokio::time::sleep(Duration::from_millis(took)).await;
            tidied.store(true, Ordering::Relaxed);
            Err(error)
        };
        let (class, _) = ends(&interrupt, tidy_up(500)).await.unwrap();
        assert_eq!(class, Class::Interrupted);
        assert!(tidied.swap(false, Ordering::Relaxed));
        // The second Ctrl-C does not wait.
        let interrupt = Interrupt::new();
        let tidy_up = async {
            let orderly = interrupt.orderly();
            orderly.stopped().await;
            seconds(9).await;
            tidied.store(true, Ordering::Relaxed);
            Ok(())
        };
        assert!(ends(&interrupt, tidy_up).await.is_some());
        assert!(!tidied.load(Ordering::Relaxed));
    }

    #[tokio::test(start_paused = true)]
    async fn an_orderly_command_is_not_stopped_while_a_request_is_out() {
        let interrupt = Interrupt::new();
        let work = async {
            let orderly = interrupt.orderly();
            let act = interrupt.acting_last("the link", "vmc hlm list", seconds(1));
            tokio::select! {
                biased;
                error = orderly.stopped() => return Err(error),
                () = act => {}
            }
            Err(orderly.stopped().await)
        };
        let (class, text) = ends(&interrupt, work).await.unwrap();
        assert_eq!(class, Class::Unknown, "{text}");
        assert!(text.contains("the result of the link"), "{text}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_command_that_ends_by_itself_is_left_alone() {
        let interrupt = Interrupt::new();
        assert_eq!(ends(&interrupt, async { Ok(()) }).await, None);
        // Not armed: nothing is taken over.
        let work = async {
            seconds(9).await;
            Ok(())
        };
        assert!(
            Interrupt::new()
                .guard_with(work, || Some(Clock))
                .await
                .is_ok()
        );
    }
}
