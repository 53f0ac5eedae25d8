//! Follows a stack to its end, whatever the network does meanwhile.
//!
//! The SDK's own waiters give up after less than a second of errors and tell
//! nothing between start and end, so the loop is ours.

use std::collections::HashSet;
use std::future::Future;
use std::time::Duration;

use crate::aws::error::AwsError;
use crate::aws::session::Session;
use crate::aws::stack::{Stack, StackEvent, StackPhase, Stacks, is_missing};
use crate::pace::{Beat, Pace};

/// Looks that may find less than there is: CloudFormation's answers are
/// eventually consistent.
const LATE_LOOKS: u32 = 4;

/// What a wait for a stack has to tell.
pub(crate) enum News {
    Event(StackEvent),
    /// A look failed; the wait goes on. How long looks have been failing.
    Hiccup(AwsError, Duration),
}

/// Where the news goes. Boxed future by hand: the flow's stream waits for its reader.
pub(crate) trait Listener {
    fn tell(&mut self, news: News) -> impl Future<Output = ()> + Send;
}

/// How a followed stack ended.
#[derive(Debug)]
pub(crate) enum End {
    /// It is in a phase that stays.
    Settled(Stack),
    /// It is not there any more.
    Gone,
}

/// Why following stopped before the end.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// AWS said no, and asking again does not help.
    Refused(AwsError),
    /// Looks failed for longer than the outage budget.
    Outage(AwsError, Duration),
}

/// What a stack is followed for.
#[derive(Debug)]
pub(crate) enum Goal {
    /// To be made.
    Made,
    /// To be gone, from a history with these events on.
    Gone(HashSet<String>),
}

/// Follows the stack until its phase is final. Every event is told once.
pub(crate) async fn follow(
    stacks: &Stacks,
    stack_id: &str,
    goal: Goal,
    pace: Pace,
    listener: &mut impl Listener,
) -> Result<End, Stopped> {
    let mut beat = Beat::new(pace);
    let mut history = History::new(goal);
    let mut session = Session::of_stack(stack_id);
    loop {
        let looked = match session.ready(stacks).await {
            Ok(()) => look(stacks, stack_id, &mut history, listener).await,
            Err(error) => Err(error),
        };
        match looked {
            Ok(Look { end, news }) => {
                beat.seen();
                session.works();
                if let Some(end) = end {
                    return Ok(end);
                }
                if news {
                    beat.news();
                }
            }
            Err(error) if session.has_ended(&error) => continue,
            Err(error) if error.retryable() => match beat.failed() {
                Some(gone) => listener.tell(News::Hiccup(error, gone)).await,
                None => return Err(Stopped::Outage(error, pace.outage)),
            },
            Err(error) => return Err(Stopped::Refused(error)),
        }
        beat.rest().await;
    }
}

struct History {
    deleting: bool,
    seen: HashSet<String>,
    /// Status in the last event about the stack as a whole.
    told: Option<String>,
    /// Looks that found a final status before its event, or none at all.
    early: u32,
}

impl History {
    fn new(goal: Goal) -> Self {
        let (deleting, seen) = match goal {
            Goal::Made => (false, HashSet::new()),
            Goal::Gone(seen) => (true, seen),
        };
        Self {
            deleting,
            seen,
            told: None,
            early: 0,
        }
    }

    /// Whether what was seen too early is to be believed by now.
    fn late(&mut self) -> bool {
        self.early += 1;
        self.early > LATE_LOOKS
    }
}

struct Look {
    end: Option<End>,
    news: bool,
}

/// One look: the status first and the events after it, so that a final status
/// comes with its events.
async fn look(
    stacks: &Stacks,
    stack_id: &str,
    history: &mut History,
    listener: &mut impl Listener,
) -> Result<Look, AwsError> {
    let Some(stack) = stacks.find(stack_id).await? else {
        // A stack just made may not be listed yet.
        let believed = history.deleting || !history.seen.is_empty() || history.late();
        return Ok(Look {
            end: believed.then_some(End::Gone),
            news: false,
        });
    };
    let events = match stacks.events(stack_id, &history.seen).await {
        // Deleted between the two calls; the next look tells.
        Err(error) if is_missing(&error) => Vec::new(),
        events => events?,
    };
    let news = !events.is_empty();
    for event in events {
        history.seen.insert(event.id.clone());
        if event.whole_stack {
            history.told = Some(event.status.clone());
        }
        listener.tell(News::Event(event)).await;
    }
    let end = match stack.phase() {
        StackPhase::Creating
        | StackPhase::RollingBack
        | StackPhase::Deleting
        | StackPhase::Unknown => None,
        StackPhase::Deleted => Some(End::Gone),
        StackPhase::Live | StackPhase::RolledBack | StackPhase::Broken | StackPhase::Review => {
            // Events may lag behind the status, and the reasons are in them; a
            // deletion may not have begun.
            let complete = history.told.as_ref() == Some(&stack.status);
            (complete || history.late()).then_some(End::Settled(stack))
        }
    };
    Ok(Look { end, news })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::error::AwsErrorKind;
    use crate::testing::{STACK_ID, Script, error_xml, events_xml, missing, stack_xml};
    use tokio::time::Instant;

    #[derive(Default)]
    struct Ear {
        events: Vec<StackEvent>,
        hiccups: Vec<AwsErrorKind>,
    }

    impl Listener for Ear {
        async fn tell(&mut self, news: News) {
            match news {
                News::Event(event) => self.events.push(event),
                News::Hiccup(error, _) => self.hiccups.push(error.kind()),
            }
        }
    }

    impl Ear {
        fn ids(&self) -> Vec<&str> {
            self.events.iter().map(|event| event.id.as_str()).collect()
        }
    }

    type Event = (&'static str, &'static str, &'static str, &'static str);

    /// Looks see these statuses in turn (the last one for ever) and at each
    /// look the first so many events.
    fn life(looks: &'static [(&'static str, usize)], events: &'static [Event]) -> Script {
        let mut at = 0;
        Script::new(move |asked| {
            let (status, shown) = looks[at.min(looks.len() - 1)];
            if asked.action() == "DescribeStacks" {
                return (200, stack_xml("s", STACK_ID, status));
            }
            at += 1;
            (200, events_xml(STACK_ID, "t", &events[..shown], None))
        })
    }

    async fn run(script: &Script) -> (Result<End, Stopped>, Ear) {
        let mut ear = Ear::default();
        let stacks = Stacks::new(&script.aws(), "us-west-2");
        let end = follow(&stacks, STACK_ID, Goal::Made, Pace::default(), &mut ear).await;
        (end, ear)
    }

    #[tokio::test(start_paused = true)]
    async fn each_event_is_told_once_and_in_order() {
        let script = life(
            &[
                ("CREATE_IN_PROGRESS", 1),
                ("CREATE_IN_PROGRESS", 1),
                ("CREATE_IN_PROGRESS", 3),
                ("CREATE_COMPLETE", 4),
            ],
            &[
                ("e1", "*", "CREATE_IN_PROGRESS", "User Initiated"),
                ("e2", "Role", "CREATE_IN_PROGRESS", ""),
                ("e3", "Role", "CREATE_COMPLETE", ""),
                ("e4", "*", "CREATE_COMPLETE", ""),
            ],
        );
        let (end, ear) = run(&script).await;
        assert!(matches!(end, Ok(End::Settled(stack)) if stack.status == "CREATE_COMPLETE"));
        assert_eq!(ear.ids(), ["e1", "e2", "e3", "e4"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_rollback_is_followed_to_its_end_with_every_reason() {
        let script = life(
            &[
                ("CREATE_IN_PROGRESS", 1),
                ("ROLLBACK_IN_PROGRESS", 4),
                ("ROLLBACK_COMPLETE", 5),
            ],
            &[
                ("e1", "*", "CREATE_IN_PROGRESS", ""),
                (
                    "e2",
                    "Role",
                    "CREATE_FAILED",
                    "not authorized to perform: iam:CreateRole",
                ),
                (
                    "e3",
                    "Other",
                    "CREATE_FAILED",
                    "Resource creation cancelled",
                ),
                ("e4", "*", "ROLLBACK_IN_PROGRESS", "[Role] failed"),
                ("e5", "*", "ROLLBACK_COMPLETE", ""),
            ],
        );
        let (end, ear) = run(&script).await;
        assert!(matches!(end, Ok(End::Settled(stack)) if stack.phase() == StackPhase::RolledBack));
        let causes: Vec<_> = ear.events.iter().filter(|event| event.is_cause()).collect();
        assert_eq!(causes.len(), 1);
        assert_eq!(
            causes[0].reason.as_deref(),
            Some("not authorized to perform: iam:CreateRole")
        );
    }

    #[tokio::test(start_paused = true)]
    async fn events_that_come_after_the_status_are_waited_for_a_little() {
        let late: &[(&str, usize)] = &[("ROLLBACK_COMPLETE", 1), ("ROLLBACK_COMPLETE", 3)];
        let events: &[Event] = &[
            ("e1", "*", "CREATE_IN_PROGRESS", ""),
            ("e2", "Role", "CREATE_FAILED", "no"),
            ("e3", "*", "ROLLBACK_COMPLETE", ""),
        ];
        let (_, ear) = run(&life(late, events)).await;
        assert_eq!(ear.ids(), ["e1", "e2", "e3"]);
        // And not for ever.
        let (end, _) = run(&life(&[("CREATE_COMPLETE", 1)], events)).await;
        assert!(matches!(end, Ok(End::Settled(_))));
    }

    #[tokio::test(start_paused = true)]
    async fn five_minutes_of_throttling_and_pages_are_survived() {
        let start = Instant::now();
        let script = Script::new(move |asked| {
            let minutes = start.elapsed().as_secs() / 60;
            match (asked.action(), minutes) {
                (_, 1..=5) => (400, error_xml("Throttling", "Rate exceeded")),
                (_, 6) => (200, "<html>maintenance</html>".into()),
                (_, 7) => (0, String::new()),
                ("DescribeStacks", 0) => (200, stack_xml("s", STACK_ID, "CREATE_IN_PROGRESS")),
                ("DescribeStacks", _) => (200, stack_xml("s", STACK_ID, "CREATE_COMPLETE")),
                _ => (
                    200,
                    events_xml(STACK_ID, "t", &[("e1", "*", "CREATE_COMPLETE", "")], None),
                ),
            }
        });
        let (end, ear) = run(&script).await;
        assert!(matches!(end, Ok(End::Settled(_))), "{end:?}");
        assert_eq!(ear.ids(), ["e1"]);
        assert!(ear.hiccups.contains(&AwsErrorKind::Throttled));
        assert!(ear.hiccups.contains(&AwsErrorKind::Unclear));
        assert!(
            script.requests().len() < 300,
            "{} requests",
            script.requests().len()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_beyond_the_budget_ends_the_wait_not_the_stack() {
        let start = Instant::now();
        let script = Script::new(|_| (503, error_xml("ServiceUnavailable", "down")));
        let (end, _) = run(&script).await;
        assert!(matches!(end, Err(Stopped::Outage(..))), "{end:?}");
        assert!((900..1000).contains(&start.elapsed().as_secs()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stack_deleted_meanwhile_is_gone() {
        let mut looks = 0;
        let script = Script::new(move |asked| {
            if asked.action() == "DescribeStackEvents" {
                return (200, events_xml(STACK_ID, "t", &[], None));
            }
            looks += 1;
            if looks < 3 {
                (200, stack_xml("s", STACK_ID, "CREATE_IN_PROGRESS"))
            } else {
                missing()
            }
        });
        assert!(matches!(run(&script).await.0, Ok(End::Gone)));
        let script = life(&[("DELETE_COMPLETE", 0)], &[]);
        assert!(matches!(run(&script).await.0, Ok(End::Gone)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stack_not_listed_yet_is_waited_for_a_little() {
        let mut looks = 0;
        let script = Script::new(move |asked| match asked.action() {
            "DescribeStacks" => {
                looks += 1;
                if looks < 4 {
                    missing()
                } else {
                    (200, stack_xml("s", STACK_ID, "CREATE_COMPLETE"))
                }
            }
            _ => (
                200,
                events_xml(STACK_ID, "t", &[("e1", "*", "CREATE_COMPLETE", "")], None),
            ),
        });
        assert!(matches!(run(&script).await.0, Ok(End::Settled(_))));
        let never = Script::new(|_| missing());
        assert!(matches!(run(&never).await.0, Ok(End::Gone)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_deletion_that_has_not_begun_has_not_failed() {
        let events: &[Event] = &[
            ("e1", "Role", "CREATE_FAILED", "old news"),
            ("e2", "*", "ROLLBACK_COMPLETE", ""),
            ("e3", "*", "DELETE_IN_PROGRESS", ""),
            ("e4", "Role", "DELETE_FAILED", "in use"),
            ("e5", "*", "DELETE_FAILED", ""),
        ];
        let past = || HashSet::from(["e1".to_owned(), "e2".to_owned()]);
        let gone = life(
            &[
                ("ROLLBACK_COMPLETE", 2),
                ("ROLLBACK_COMPLETE", 2),
                ("DELETE_IN_PROGRESS", 3),
                ("DELETE_COMPLETE", 3),
            ],
            events,
        );
        let stuck = life(&[("DELETE_IN_PROGRESS", 3), ("DELETE_FAILED", 5)], events);
        for (script, goes) in [(gone, true), (stuck, false)] {
            let mut ear = Ear::default();
            let stacks = Stacks::new(&script.aws(), "us-west-2");
            let goal = Goal::Gone(past());
            let end = follow(&stacks, STACK_ID, goal, Pace::default(), &mut ear).await;
            assert_eq!(matches!(end, Ok(End::Gone)), goes, "{end:?}");
            assert!(!ear.ids().contains(&"e1"), "{:?}", ear.ids());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_ended_session_is_asked_for_again_once() {
        let script = Script::new(|_| (400, error_xml("ExpiredToken", "expired")));
        let (end, _) = run(&script).await;
        assert!(
            matches!(end, Err(Stopped::Refused(error)) if error.kind() == AwsErrorKind::ExpiredCredentials)
        );
        assert_eq!(script.requests().len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn many_pages_of_events_are_read() {
        let script = Script::new(|asked| match (asked.action(), asked.get("NextToken")) {
            ("DescribeStacks", _) => (200, stack_xml("s", STACK_ID, "CREATE_COMPLETE")),
            (_, "") => (
                200,
                events_xml(
                    STACK_ID,
                    "t",
                    &[
                        ("e3", "R", "CREATE_COMPLETE", ""),
                        ("e4", "*", "CREATE_COMPLETE", ""),
                    ],
                    Some("p2"),
                ),
            ),
            _ => (
                200,
                events_xml(
                    STACK_ID,
                    "tok",
                    &[
                        ("e1", "*", "CREATE_IN_PROGRESS", ""),
                        ("e2", "R", "CREATE_IN_PROGRESS", ""),
                    ],
                    None,
                ),
            ),
        });
        let (_, ear) = run(&script).await;
        assert_eq!(ear.ids(), ["e1", "e2", "e3", "e4"]);
        let stacks = Stacks::new(&script.aws(), "us-west-2");
        assert_eq!(
            stacks.creation_token(STACK_ID).await.unwrap().as_deref(),
            Some("tok")
        );
    }
}
