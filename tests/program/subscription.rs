//! Subscriptions: what is on offer, and what is bought.

use integration_tests::Bench;
use serde_json::json;
use vmc_mock::Fault;

const BUY: &str = "subscription create --region us-west-2 --product-type host --offer host-i4i-12 \
                   --quantity 2 --billing-frequency Monthly";

fn bought(bench: &Bench) -> usize {
    bench.effects("subscription.created")
}

#[test]
fn what_is_on_offer_is_shown_with_every_price() {
    let bench = Bench::new();
    let products = bench.run("subscription products -o text").expect(0);
    products.says("host\ti3 i3en i4i");
    let line = "subscription offers --region us-west-2 --product-type host";
    let table = bench.run(&format!("{line} -o csv")).expect(0);
    let row = |line: &str| table.stdout.lines().any(|row| row == line);
    assert!(
        row("host-i3-12,1,i3,12,4277.07 USD,Monthly,i3 host for 12 months"),
        "{}",
        table.stdout
    );
    assert!(
        row("host-i3-on-demand,1,i3,none,8.37 USD,,i3 host on demand"),
        "{}",
        table.stdout
    );
    // The document is whole, although its rows come from two places.
    let whole = bench.run(&format!("{line} -o json")).expect(0).json();
    assert_eq!(whole["on_demand"]["monthly_cost"], "6110.10");
    assert_eq!(whole["offers"].as_array().unwrap().len(), 6);
}

#[test]
fn a_subscription_is_bought_once_its_price_is_known_and_confirmed() {
    let bench = Bench::new();
    bench.run(BUY).expect(2).says("--yes");
    let dry = bench.run(&format!("{BUY} --dry-run")).expect(0);
    let body = &dry.json()["requests"][0]["body"];
    assert_eq!(
        *body,
        json!({
            "region": "US_WEST_2", "product_type": "host", "offer_name": "host-i4i-12",
            "quantity": 2, "billing_frequency": "Monthly", "commitment_term": "12",
            "offer_version": "1", "product": "host", "product_id": "host-i4i", "type": "i4i",
            "offer_context_id": "context-i4i-12", "product_charge_id": "charge-i4i-12",
        })
    );
    dry.says("Price: 2 x 5810.07 USD, paid Monthly.");
    assert_eq!(bought(&bench), 0);

    let made = bench.run(&format!("{BUY} --yes -o json")).expect(0);
    assert_eq!(made.json()["status"], "ACTIVATED");
    assert_eq!(made.json()["quantity"], "2");
    assert_eq!(bought(&bench), 1);
    let id = made.json()["csp_subscription_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let listed = bench.run("subscription list --offer-type term -o name");
    assert_eq!(listed.expect(0).stdout.trim(), id);
    let on_demand = bench.run("subscription list --offer-type on-demand -o json");
    assert_eq!(on_demand.expect(0).json(), json!([]));
    let shown = bench.run(&format!("subscription show {id}")).expect(0);
    shown.says("12 MONTHS").says("host-i4i-12");
}

#[test]
fn a_file_may_say_it_all_and_flags_override_it() {
    let bench = Bench::new();
    let file = bench.home().join("it.toml");
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    write(
        "region = \"US_WEST_2\"\nproduct_type = \"host\"\noffer_name = \"host-i3-36\"\n\
         offer_version = \"1\"\ncommitment_term = \"36\"\nquantity = 7\n\
         billing_frequency = \"Upfront\"\n",
    );
    let line = format!("subscription create --file {} ", file.display());
    let dry = bench
        .run(&(line.clone() + "--quantity 3 --dry-run"))
        .expect(0);
    assert_eq!(dry.json()["requests"][0]["body"]["quantity"], 3);
    write("region = \"US_WEST_2\"\nquantitty = 7\n");
    let wrong = bench.run(&line).expect(2);
    wrong.says("it.toml:2: unknown field \"quantitty\"");
    assert_eq!(bought(&bench), 0);
}

#[test]
fn nothing_is_bought_that_is_not_on_offer_or_not_clear() {
    let bench = Bench::new();
    let buy = |more: &str| {
        let line = "subscription create --region us-west-2 --product-type host --quantity 1 --yes";
        bench.run(&format!("{line} {more}"))
    };
    buy("").expect(2).says("--offer");
    buy("--offer host-i4i-12")
        .expect(2)
        .says("Upfront, Monthly");
    let unknown = buy("--offer nosuch --billing-frequency Upfront").expect(3);
    unknown.says("vmc subscription offers --region US_WEST_2 --product-type host");
    assert_eq!(
        bench.mock.journal().received("orgs.subscriptions.create"),
        0
    );
}

#[test]
fn a_purchase_that_got_no_answer_is_not_repeated() {
    let bench = Bench::new();
    bench.order(Fault::on("orgs.subscriptions.create").cut_after());
    let ran = bench.run(&format!("{BUY} --yes")).expect(6);
    ran.says("vmc subscription list");
    bench.assert_struck();
    assert_eq!(bought(&bench), 1);
}

#[test]
fn nothing_is_bought_on_terms_that_are_not_offered() {
    let bench = Bench::new();
    let odd = BUY.replace("Monthly", "weekly");
    let ran = bench.run(&format!("{odd} --yes")).expect(2);
    ran.says("cannot be paid \"weekly\"")
        .says("Upfront, Monthly");
    let on_demand = BUY.replace("host-i4i-12", "host-i3-on-demand");
    let ran = bench.run(&format!("{on_demand} --yes")).expect(2);
    ran.says("on demand");
    assert_eq!(bought(&bench), 0);
    // What a file leaves open is taken from the offer.
    let file = bench.home().join("s.json");
    let text = json!({
        "region": "US_WEST_2", "product_type": "host", "offer_name": "host-i4i-12",
        "quantity": 2, "offer_version": null, "billing_frequency": "Monthly",
    });
    std::fs::write(&file, text.to_string()).unwrap();
    let line = "subscription create --file s.json --dry-run";
    let dry = bench.run(line).expect(0).json();
    assert_eq!(dry["requests"][0]["body"]["offer_version"], "1");
    bench
        .run("subscription show nosuch")
        .expect(3)
        .says("vmc subscription list");
}
