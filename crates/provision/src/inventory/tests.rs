use super::*;

const TEXT: &str = "\
hosts:
  web1: {address: 10.0.0.5, user: root, identity_file: keys/id, vars: {colour: red}}
  web2: {connection: local, become: true}
groups:
  online: {hosts: [web1, web2], vars: {colour: blue, size: 3}}
  first: {hosts: [web1], vars: {size: 4}}
";

#[test]
fn groups_give_variables_and_the_host_wins() {
    let inventory = Inventory::parse("site/inventory.yaml", TEXT).unwrap();
    let hosts = inventory.hosts_for(Some("online")).unwrap();
    assert_eq!(hosts.len(), 2);
    assert_eq!(hosts[0].vars["colour"], "red");
    assert_eq!(hosts[0].vars["size"], 4);
    assert_eq!(hosts[1].vars["colour"], "blue");
    assert_eq!(hosts[0].identity_file, Some("site/keys/id".into()));
    assert_eq!(
        (hosts[1].connection, hosts[1].become_root),
        (ConnectionKind::Local, true)
    );
}

#[test]
fn files_beside_the_inventory_stand_between_its_groups_and_its_hosts() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("inventory.yaml", TEXT);
    write("group_vars/all.yaml", "colour: all\nsize: 0\nzone: north\n");
    write("group_vars/online.yaml", "colour: online\nsize: 9\n");
    write("host_vars/web2.yaml", "colour: own\n");
    let load = || Inventory::load(&folder.path().join("inventory.yaml"));
    let hosts = load().unwrap().hosts;
    let of = |index: usize, name: &str| hosts[index].vars[name].clone();
    assert_eq!((of(0, "colour"), of(0, "size")), ("red".into(), 9.into()));
    assert_eq!(
        (of(1, "colour"), of(1, "zone")),
        ("own".into(), "north".into())
    );

    write("group_vars/onlin.yaml", "colour: never\n");
    write("host_vars/web1.yml", "colour: never\n");
    write("host_vars/web1.yaml", "- not a mapping\n");
    let problems = load().unwrap_err();
    let shown = |problem: &Problem| {
        let line = problem.to_string();
        line.replace(&format!("{}/", folder.path().display()), "")
    };
    let lines: Vec<String> = problems.iter().map(shown).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    group_vars/onlin.yaml: this file is never read: 'onlin' is not in the inventory, did you mean 'online'?
    host_vars/web1.yaml:1:1: a file of variables is a mapping of names to values
    host_vars/web1.yml: this file is never read: a file of variables is called NAME.yaml
    ");
}

#[test]
fn every_mistake_is_named_with_its_place() {
    let text = "\
hosts:
  web1: {adress: 10.0.0.5, port: 99999}
groups:
  online: {hosts: [web2]}
";
    let problems = Inventory::parse("i.yaml", text).unwrap_err();
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    i.yaml:2:10: unknown key 'adress' in a host, did you mean 'address'?
    i.yaml:2:34: 'port' is a whole number from 1 to 65535, not the number 99999
    i.yaml:4:19: unknown host 'web2' in group 'online', did you mean 'web1'?
    ");
}

#[test]
fn what_a_kind_of_connection_does_not_take_is_a_mistake() {
    let text = "\
hosts:
  box: {connection: docker, container: exam-box, become: true}
  web: {container: exam-box, proxy_jump: a, ssh_config: ssh/config, become_password_var: pw}
  tin: {connection: docker, port: 22}
";
    let problems = Inventory::parse("site/i.yaml", text).unwrap_err();
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    site/i.yaml:3:20: 'container' needs `connection: docker`
    site/i.yaml:4:35: 'port' has no meaning for a container
    ");
    let inventory = Inventory::parse(
        "site/i.yaml",
        &text
            .replace("container: exam-box, proxy", "proxy")
            .replace(", port: 22", ""),
    )
    .unwrap();
    assert_eq!(inventory.hosts[0].container.as_deref(), Some("exam-box"));
    let web = &inventory.hosts[1];
    assert_eq!(web.ssh_config, Some("site/ssh/config".into()));
    assert_eq!(web.proxy_jump.as_deref(), Some("a"));
    assert_eq!(web.become_password_var.as_deref(), Some("pw"));
}

#[test]
fn a_limit_may_name_several_hosts_and_groups() {
    let inventory = Inventory::parse("i.yaml", TEXT).unwrap();
    let names = |limit: &str| -> Vec<&str> {
        let hosts = inventory.hosts_for(Some(limit)).unwrap();
        hosts.iter().map(|host| host.name.as_str()).collect()
    };
    let all = names("all");
    let backwards: Vec<&str> = all.iter().rev().copied().collect();
    assert!(all.len() > 1);
    assert_eq!(names(&backwards.join(", ")), all);
    assert_eq!(names(&format!("{},{}", all[0], all[0])), all[..1]);
    assert!(inventory.hosts_for(Some("online,")).is_err());
}

#[test]
fn an_unknown_limit_is_a_mistake_with_a_suggestion() {
    let inventory = Inventory::parse("i.yaml", TEXT).unwrap();
    let problem = inventory.hosts_for(Some("onlin")).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "i.yaml: 'onlin' is neither a host nor a group of the inventory, did you mean 'online'?"
    );
}
