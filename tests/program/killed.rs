//! SIGKILL before and after every request: the next run finishes the job, and
//! everything exists once.

use integration_tests::Bench;
use vmc_mock::Fault;

/// Kills `link up` at its `request`th request, then runs it again.
/// `false` when the first run never came that far.
fn killed_at(request: u64, done_first: bool) -> bool {
    let bench = Bench::new();
    let fault = Fault::at_request(request);
    bench.order(if done_first {
        fault.hang_after()
    } else {
        fault.hang_before()
    });
    let mut first = bench.vmc(["link", "up"]).spawn();
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

    let second = bench.run("link up -o json").expect(0);
    let moment = format!(
        "killed {} request {request}, {}",
        if done_first { "after" } else { "before" },
        bench.mock.journal().requests[request as usize - 1].operation,
    );
    assert_eq!(second.json()["account"]["state"], "ACTIVE", "{moment}");
    assert_eq!(bench.effects("stack.created"), 1, "{moment}");
    assert_eq!(bench.effects("connected_account.created"), 1, "{moment}");

    let before = bench.mock.journal().effects.len();
    bench.run("link up").expect(0).says("Nothing to do");
    let tokens = bench.mock.journal().effects.len() - before;
    assert!(tokens <= 1, "{moment}: a third run changes nothing");
    true
}

#[test]
fn link_up_killed_before_any_request_can_be_run_again() {
    let killed = (1..)
        .take_while(|request| killed_at(*request, false))
        .count();
    assert!(killed >= 10, "only {killed} requests were tried");
}

#[test]
fn link_up_killed_after_any_request_can_be_run_again() {
    let killed = (1..)
        .take_while(|request| killed_at(*request, true))
        .count();
    assert!(killed >= 10, "only {killed} requests were tried");
}
