//! Maintenance and support windows.

use crate::clusters::sddc;
use serde_json::{Value, json};
use vmc_mock::world::ORG_ID;

#[tokio::test]
async fn maintenance_comes_by_the_calendar() {
    let (api, sddc) = sddc().await;
    let id = sddc.trim_start_matches("sddcs/");
    let states = async |body: Value| {
        let found = api.org("POST", "tbrs/reservation", &body).await.json();
        let rows = found[id].as_array().unwrap().clone();
        rows.iter()
            .map(|row| row["reservation_state"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(states(Value::Null).await.last().unwrap(), "SCHEDULED");
    assert_eq!(
        states(json!({"states": ["CANCELED"]})).await,
        Vec::<String>::new()
    );
    let (status, said) = api
        .refused("POST", "tbrs/reservation", &json!({"states": ["LATE"]}))
        .await;
    assert_eq!(status, 400);
    assert!(said.contains("LATE"), "{said}");
    assert_eq!(
        api.refused("POST", "tbrs/reservation", &json!({"sddcs": ["none"]}))
            .await
            .0,
        404
    );

    let entry = api.get("reservations").await.json()[0].clone();
    assert_eq!(
        (&entry["sddc_id"], &entry["in_maintenance_mode"]),
        (&json!(id), &json!(false))
    );
    let window = format!(
        "reservations/{}/mw",
        entry["reservation_id"].as_str().unwrap()
    );
    let friday = json!({"day_of_week": "FRIDAY", "hour_of_day": 3});
    assert_eq!(api.org("PUT", &window, &friday).await.json(), friday);
    let shown = api.get(&window).await.json();
    assert_eq!(
        (&shown["day_of_week"], &shown["version"]),
        (&json!("FRIDAY"), &json!(2))
    );
    for body in [
        json!({"day_of_week": "FRIDAY"}),
        json!({"day_of_week": "FRIDAY", "hour_of_day": 24}),
    ] {
        assert_eq!(api.refused("PUT", &window, &body).await.0, 400);
    }
    assert_eq!(api.get("reservations/none/mw").await.status, 404);
    // Until it is being maintained.
    let start = entry["reservation_schedule"]["reservations"][0]["start_time"]
        .as_str()
        .unwrap();
    let next = api.get("reservations").await.json();
    let next = next[0]["reservation_schedule"]["reservations"][0]["start_time"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_ne!(next, start, "the next one moved");
    let next = vmc_mock::Time::parse(&next).unwrap();
    api.mock.clock().advance(next.since(api.mock.clock().now()));
    assert!(states(Value::Null).await.contains(&"RUNNING".to_owned()));
    assert_eq!(api.refused("PUT", &window, &friday).await.0, 409);
    api.pass(6 * 3600);
    assert_eq!(api.org("PUT", &window, &friday).await.status, 200);
    assert_eq!(api.done("maintenance_window.set"), 2);
}

#[tokio::test]
async fn support_windows_have_seats() {
    let (api, sddc) = sddc().await;
    let id = sddc.trim_start_matches("sddcs/");
    let windows = api.get("tbrs/support-window").await.json();
    let (small, seats) = (&windows[2], "tbrs/support-window?minimumSeatsAvailable=2");
    assert_eq!(small["seats"], 1);
    assert_eq!(api.get(seats).await.json().as_array().unwrap().len(), 2);
    assert_eq!(
        api.get("tbrs/support-window?createdBy=me").await.json(),
        json!([])
    );
    let path = format!(
        "tbrs/support-window/{}",
        small["support_window_id"].as_str().unwrap()
    );
    let reply = api.org("PUT", &path, &json!({"sddc_id": id})).await;
    assert_eq!(reply.json()["window_id"], small["support_window_id"]);
    let small = api.get("tbrs/support-window").await.json()[2].clone();
    assert_eq!(
        (&small["seats"], &small["sddcs"]),
        (&json!(0), &json!([id]))
    );
    let other = api.mock.world(|world| world.add_sddc(ORG_ID, "b"));
    let (status, said) = api.refused("PUT", &path, &json!({"sddc_id": other})).await;
    assert_eq!(status, 400);
    assert!(said.contains("no free seat"), "{said}");
    assert_eq!(
        api.org("PUT", &path, &json!({"sddc_id": id})).await.status,
        200,
        "it is there already"
    );
    assert_eq!(
        api.refused("PUT", &path, &json!({"sddc_id": "none"}))
            .await
            .0,
        404
    );
    assert_eq!(
        api.refused("PUT", "tbrs/support-window/none", &json!({"sddc_id": id}))
            .await
            .0,
        404
    );
    assert_eq!(api.done("support_window.set"), 1);
}
