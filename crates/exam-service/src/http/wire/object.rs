//! A JSON object, and nothing that only looks like what is in it.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// What an object says. By itself serde takes a list of the members' values as well.
pub(in crate::http) struct Object<T>(pub(in crate::http) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData))
    }
}

struct Members<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members)).map(Object)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::Object;

    #[derive(Deserialize)]
    struct Change {
        title: Option<String>,
    }

    #[test]
    fn a_list_of_values_is_no_object() {
        let change = serde_json::from_str::<Object<Change>>(r#"{"title": "A"}"#).unwrap();
        assert_eq!(change.0.title.as_deref(), Some("A"));
        let refused = serde_json::from_str::<Object<Change>>("[null]")
            .err()
            .unwrap();
        assert!(
            refused.to_string().contains("expected an object"),
            "{refused}"
        );
    }
}
