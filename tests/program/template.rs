//! Templates that deleted SDDCs leave.

use integration_tests::Bench;
use serde_json::Value;
use vmc_mock::Fault;

const LIKE_LAB: &str = "--region us-west-2 --type 1node --delay-account-link";

/// A world whose SDDC `lab` left the template `plan`; its id.
fn left_behind(bench: &Bench) -> String {
    let create = format!("sddc create --name lab {LIKE_LAB}");
    bench.run(&create).expect(0);
    let delete = bench.run("sddc delete lab --keep-template plan --dry-run");
    delete
        .expect(0)
        .says("?retain_configuration=true&template_name=plan");
    assert_eq!(bench.effects("sddc.deleting"), 0);
    let delete = "sddc delete lab --keep-template plan --yes";
    bench.run(delete).expect(0);
    let names = bench.run("template list -o name").expect(0).stdout;
    names.trim().to_owned()
}

#[test]
fn an_sddc_leaves_a_template_that_another_one_is_made_from() {
    let bench = Bench::new();
    let id = left_behind(&bench);
    let by_name = bench.run("template show plan -o json --reveal").expect(0);
    let by_id = bench.run(&format!("template show {id} -o json --reveal"));
    assert_eq!(by_name.json(), by_id.expect(0).json());
    assert_eq!(by_name.json()["state"], "AVAILABLE");
    assert_eq!(by_name.json()["sddc"]["name"], "lab");

    let create = format!("sddc create --name copy {LIKE_LAB} --sddc-template-id {id}");
    bench.run(&create).expect(0);
    let of_copy = bench.run("template show --sddc copy -o json").expect(0);
    assert_eq!(of_copy.json()["id"], *id);
    bench.run("template show plan --sddc copy").expect(2);
    bench.run("template show").expect(2);
}

#[test]
fn a_template_is_deleted_by_its_exact_name_and_after_a_question() {
    let bench = Bench::new();
    left_behind(&bench);
    let nothing_done = |line: &str, code: i32, says: &str| {
        bench.run(line).expect(code).says(says);
        assert_eq!(
            bench.mock.journal().received("orgs.sddc_templates.delete"),
            0
        );
    };
    nothing_done("template delete plan", 2, "--yes");
    nothing_done("template delete PLAN --yes", 3, "exactly");
    nothing_done("template delete other --yes", 3, "There is: plan");
    nothing_done("template delete plan --dry-run", 0, "\"DELETE\"");
    let ran = bench.run("template delete plan --yes -o json").expect(0);
    assert_eq!(ran.json()["status"], "FINISHED");
    let left = bench.run("template list -o json").expect(0).json();
    assert_eq!(left, Value::Array(vec![]));
}

#[test]
fn a_deletion_that_got_no_answer_is_an_unknown_outcome_with_a_way_out() {
    let bench = Bench::new();
    let id = left_behind(&bench);
    bench.order(Fault::on("orgs.sddc_templates.delete").cut_after());
    let ran = bench.run("template delete plan --yes").expect(6);
    ran.says(&format!("vmc template show {id}"));
    bench.assert_struck();
    assert_eq!(
        bench.mock.journal().received("orgs.sddc_templates.delete"),
        1
    );
}

#[test]
fn a_deletion_goes_on_without_us() {
    let bench = Bench::new();
    left_behind(&bench);
    let ran = bench.run("template delete plan --yes --no-wait -o name");
    let task = ran.expect(0).says("Next: vmc task wait ").stdout;
    bench.run(&format!("task wait {}", task.trim())).expect(0);
}
