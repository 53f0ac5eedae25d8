//! Small nouns that are only read, and the language of messages.

use integration_tests::Bench;
use vmc_mock::world::ORG_ID;
use vmc_mock::{Fault, Mock};

#[test]
fn quota_requests_are_listed_and_shown() {
    let bench = Bench::new();
    let list = bench.run("quota list -o json").expect(0).json();
    let id = list[0]["id"].as_str().unwrap();
    let shown = bench.run(&format!("quota show {id} -o json")).expect(0);
    assert_eq!(shown.json(), list[0]);
    bench.run("quota list").expect(0).says(id);
    bench.run("quota show nosuch").expect(3);
}

#[test]
fn payment_methods_are_listed_the_default_first() {
    let bench = Bench::new();
    let list = bench.run("payment list -o json").expect(0).json();
    assert_eq!(list[0]["default_flag"], true);
    let default = bench.run("payment list --default -o json").expect(0).json();
    assert_eq!(
        default.as_array().unwrap()[..],
        list.as_array().unwrap()[..1]
    );
}

#[test]
fn terms_are_signed_or_not() {
    let bench = Bench::new();
    let signed = |terms: &str| {
        let ran = bench.run(&format!("tos show {terms} -o json"));
        ran.expect(0).json()["signed"].clone()
    };
    assert_eq!(signed("vmc-terms-of-service"), true);
    assert_eq!(signed("others"), false);
}

#[test]
fn support_is_told_what_the_token_knows() {
    let bench = Bench::with(Mock::builder().world(|world| {
        world.add_sddc(ORG_ID, "lab");
    }));
    let table = bench.run("support inputs").expect(0);
    table.says("inputs-sddc").says("lab (");
    let whole = bench
        .run("support inputs --user somebody -o json")
        .expect(0);
    assert_eq!(whole.json()["inputs"][0]["choice"][0]["displayText"], "lab");
}

#[test]
fn the_language_is_set_again_where_the_answer_got_lost() {
    let bench = Bench::new();
    bench
        .run("locale set de_DE --dry-run")
        .expect(0)
        .says("de_DE");
    assert_eq!(bench.effects("locale.set"), 0);
    bench.order(Fault::on("locale.set").cut_before());
    bench.run("locale set de_DE").expect(0).says("de_DE");
    bench.assert_struck();
    bench.run("locale set x").expect(1).says("en_US");
    assert_eq!(bench.effects("locale.set"), 1);
}
