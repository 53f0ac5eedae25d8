//! SIGKILL before and after every request: the next run finishes the job, and
//! everything happens once.

use integration_tests::Bench;
use vmc_mock::Fault;

/// What is killed.
pub(crate) struct Job {
    /// The world it is run in.
    pub(crate) world: fn() -> Bench,
    /// Its command line.
    pub(crate) line: &'static str,
    /// Looks at the world after it was run again.
    pub(crate) once: fn(&Bench, &str),
}

impl Job {
    /// Kills it at its `request`th request, then runs it again. `false` when the
    /// first run never came that far.
    fn killed_at(&self, request: u64, done_first: bool) -> bool {
        let bench = (self.world)();
        let at = bench.requests() as u64 + request;
        let fault = Fault::at_request(at);
        bench.order(if done_first {
            fault.hang_after()
        } else {
            fault.hang_before()
        });
        let mut first = bench.vmc(self.line.split_whitespace()).spawn();
        let mut ended = false;
        bench.until("the hung request, or the end", |mock| {
            ended = first.has_ended();
            ended || mock.journal().requests.iter().any(|request| request.hung)
        });
        if ended {
            first.wait().expect(0);
            return false;
        }
        let killed = first.kill();
        assert_eq!(killed.code, -1);
        bench.mock.clear_faults();

        let moment = format!(
            "killed {} request {request}, {}",
            if done_first { "after" } else { "before" },
            bench.mock.journal().requests[at as usize - 1].operation,
        );
        (self.once)(&bench, &moment);

        let before = bench.mock.journal().effects.len();
        bench.run(self.line).expect(0).says("Nothing to do");
        let journal = bench.mock.journal();
        let mut happened = journal.effects.iter().skip(before);
        let other = happened.find(|effect| effect.effect != "token.issued");
        assert!(other.is_none(), "{moment}: a third run did {other:?}");
        true
    }

    /// Kills it at each of its requests in turn, with the request carried out or
    /// not.
    pub(crate) fn killed_at_each_request(&self, done_first: bool) {
        let killed = (1..)
            .take_while(|request| self.killed_at(*request, done_first))
            .count();
        assert!(killed >= 10, "only {killed} requests were tried");
    }
}

const LINK_UP: Job = Job {
    world: Bench::new,
    line: "link up",
    once: |bench, moment| {
        let second = bench.run("link up -o json").expect(0);
        assert_eq!(second.json()["account"]["state"], "ACTIVE", "{moment}");
        assert_eq!(bench.effects("stack.created"), 1, "{moment}");
        assert_eq!(bench.effects("connected_account.created"), 1, "{moment}");
    },
};

#[test]
fn link_up_killed_before_any_request_can_be_run_again() {
    LINK_UP.killed_at_each_request(false);
}

#[test]
fn link_up_killed_after_any_request_can_be_run_again() {
    LINK_UP.killed_at_each_request(true);
}
