// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {MockMXNB} from "../src/test/MockMXNB.sol";
import {Vm, vm} from "./support/Vm.sol";

/// @notice A wallet contract that accepts one digest, whatever the signature.
contract Wallet1271 is IERC1271 {
    bytes32 public accepted;

    function accept(bytes32 digest) external {
        accepted = digest;
    }

    function isValidSignature(bytes32 digest, bytes memory) external view returns (bytes4) {
        return digest == accepted ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}

contract MockMXNBTest {
    uint256 private constant HOLDER_KEY = 0xA11CE;
    address private constant PAUSER = address(0xA5);
    address private constant BLACKLISTER = address(0xB7);
    address private constant MINTER = address(0xC0);
    address private constant SPENDER = address(0xD1);
    address private constant OTHER = address(0xE2);
    bytes private constant BLACKLISTED = "Blacklistable: account is blacklisted";

    MockMXNB private token;
    address private holder;

    function setUp() public {
        vm.warp(1_800_000_000);
        holder = vm.addr(HOLDER_KEY);
        token = new MockMXNB(address(this), PAUSER, BLACKLISTER);
        token.configureMinter(MINTER, 1000);
        mint(holder, 100);
    }

    function test_itLooksLikeMxnb() public view {
        vm.assertEq(token.name(), "MXNB", "name");
        vm.assertEq(token.symbol(), "MXNB", "symbol");
        vm.assertEq(token.decimals(), 6, "decimals");
        vm.assertEq(token.version(), "2", "version");
    }

    function test_minters_areNamedByTheMasterMinterAndRemovedAgain() public {
        vm.assertEq(token.masterMinter(), address(this), "masterMinter");
        vm.expectRevert(bytes("FiatToken: caller is not the masterMinter"));
        vm.prank(OTHER);
        token.configureMinter(OTHER, 1);
        vm.expectRevert(bytes("FiatToken: caller is not the masterMinter"));
        vm.prank(OTHER);
        token.removeMinter(MINTER);

        token.removeMinter(MINTER);
        vm.expectRevert(bytes("FiatToken: caller is not a minter"));
        mint(holder, 1);
        vm.expectRevert(bytes("FiatToken: caller is not a minter"));
        burn(1);
    }

    function test_minters_mintAsMuchAsTheyMay() public {
        vm.assertEq(token.minterAllowance(MINTER), 900, "less what was minted");
        vm.expectRevert(bytes("FiatToken: mint amount exceeds minterAllowance"));
        mint(holder, 901);
        mint(holder, 900);
        vm.assertEq(token.minterAllowance(MINTER), 0, "nothing left");
    }

    function test_mintAndBurn_moveTheSupplyAndSaySo() public {
        vm.recordLogs();
        mint(MINTER, 10);
        burn(4);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 4, "number of events");
        vm.assertEq(logs[0].topics[0], keccak256("Mint(address,address,uint256)"), "Mint");
        vm.assertEq(logs[1].topics[0], keccak256("Transfer(address,address,uint256)"), "Transfer in");
        vm.assertEq(logs[2].topics[0], keccak256("Burn(address,uint256)"), "Burn");
        vm.assertEq(logs[3].topics[0], keccak256("Transfer(address,address,uint256)"), "Transfer out");
        vm.assertEq(token.totalSupply(), 106, "supply");
        vm.assertEq(token.balanceOf(MINTER), 6, "balance");
    }

    function test_mintAndBurn_refuseNothingAndTooMuch() public {
        vm.expectRevert(bytes("FiatToken: mint amount not greater than 0"));
        mint(holder, 0);
        vm.expectRevert(bytes("FiatToken: burn amount not greater than 0"));
        burn(0);
        vm.expectRevert(bytes("FiatToken: burn amount exceeds balance"));
        burn(1);
    }

    function test_pause_stopsEveryMovementUntilUnpaused() public {
        mint(MINTER, 1);
        vm.prank(PAUSER);
        token.pause();
        vm.assertTrue(token.paused(), "paused");

        bytes memory paused = "Pausable: paused";
        vm.expectRevert(paused);
        transfer(OTHER, 1);
        vm.expectRevert(paused);
        mint(holder, 1);
        vm.expectRevert(paused);
        burn(1);
        vm.expectRevert(paused);
        vm.prank(holder);
        token.approve(SPENDER, 1);
        vm.expectRevert(paused);
        token.permit(holder, SPENDER, 1, block.timestamp, "");

        vm.prank(PAUSER);
        token.unpause();
        transfer(OTHER, 1);
    }

    function test_pauseAndBlacklist_areForTheirRoles() public {
        vm.expectRevert(bytes("Pausable: caller is not the pauser"));
        token.pause();
        vm.expectRevert(bytes("Pausable: caller is not the pauser"));
        token.unpause();
        vm.expectRevert(bytes("Blacklistable: caller is not the blacklister"));
        token.blacklist(holder);
        vm.expectRevert(bytes("Blacklistable: caller is not the blacklister"));
        token.unBlacklist(holder);
    }

    function test_blacklist_stopsSenderRecipientAndSpender_butNotApprovals() public {
        vm.prank(holder);
        token.approve(SPENDER, 50);

        ban(holder);
        vm.assertTrue(token.isBlacklisted(holder), "blacklisted");
        vm.expectRevert(BLACKLISTED);
        transfer(OTHER, 1);
        vm.expectRevert(BLACKLISTED);
        mint(holder, 1);
        vm.prank(holder);
        token.approve(SPENDER, 20);
        vm.assertEq(token.allowance(holder, SPENDER), 20, "approve is allowed, as in v2.2");
        unban(holder);

        ban(OTHER);
        vm.expectRevert(BLACKLISTED);
        transfer(OTHER, 1);
        unban(OTHER);

        ban(SPENDER);
        vm.expectRevert(BLACKLISTED);
        vm.prank(SPENDER);
        token.transferFrom(holder, OTHER, 1);
        unban(SPENDER);

        ban(MINTER);
        vm.expectRevert(BLACKLISTED);
        mint(holder, 1);
        unban(MINTER);

        transfer(OTHER, 1);
    }

    function test_theTokenContract_receivesNothing() public {
        vm.expectRevert(BLACKLISTED);
        transfer(address(token), 1);
    }

    function test_transfers_refuseMoreThanThereIs() public {
        vm.expectRevert(bytes("ERC20: transfer amount exceeds balance"));
        transfer(OTHER, 101);
        vm.expectRevert(bytes("ERC20: transfer amount exceeds allowance"));
        vm.prank(SPENDER);
        token.transferFrom(holder, OTHER, 1);
    }

    function test_transferFrom_spendsAnInfiniteAllowanceToo() public {
        vm.prank(holder);
        token.approve(SPENDER, type(uint256).max);
        vm.prank(SPENDER);
        token.transferFrom(holder, OTHER, 30);
        vm.assertEq(token.allowance(holder, SPENDER), type(uint256).max - 30, "allowance");
    }

    function test_permit_approvesOnceByTheHoldersSignature() public {
        uint256 deadline = block.timestamp;
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(HOLDER_KEY, digestOf(holder, 0, deadline));
        token.permit(holder, SPENDER, 42, deadline, v, r, s);
        vm.assertEq(token.allowance(holder, SPENDER), 42, "allowance");
        vm.assertEq(token.nonces(holder), 1, "nonce");

        vm.expectRevert(bytes("EIP2612: invalid signature"));
        token.permit(holder, SPENDER, 42, deadline, v, r, s);
    }

    function test_permit_refusesAnotherSigner() public {
        uint256 deadline = block.timestamp;
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(0xBAD, digestOf(holder, 0, deadline));
        vm.expectRevert(bytes("EIP2612: invalid signature"));
        token.permit(holder, SPENDER, 42, deadline, v, r, s);
    }

    function test_permit_expires() public {
        uint256 deadline = block.timestamp - 1;
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(HOLDER_KEY, digestOf(holder, 0, deadline));
        vm.expectRevert(bytes("FiatTokenV2: permit is expired"));
        token.permit(holder, SPENDER, 42, deadline, v, r, s);
    }

    function test_permit_acceptsAContractsSignature() public {
        Wallet1271 wallet = new Wallet1271();
        wallet.accept(digestOf(address(wallet), 0, block.timestamp));
        token.permit(address(wallet), SPENDER, 42, block.timestamp, "anything");
        vm.assertEq(token.allowance(address(wallet), SPENDER), 42, "allowance");
    }

    function test_theDomain_followsTheChain() public {
        bytes32 here = token.DOMAIN_SEPARATOR();
        vm.assertEq(here, domain(), "domain");
        vm.chainId(42161);
        vm.assertEq(token.DOMAIN_SEPARATOR(), domain(), "domain on another chain");
        vm.assertTrue(token.DOMAIN_SEPARATOR() != here, "another domain");
    }

    /// @dev EIP-712, written out: name MXNB, version 2.
    function domain() private view returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("MXNB"),
                keccak256("2"),
                block.chainid,
                address(token)
            )
        );
    }

    /// @dev What a permit of 42 to SPENDER is signed over.
    function digestOf(address owner, uint256 nonce, uint256 deadline) private view returns (bytes32) {
        bytes32 typeHash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 message = keccak256(abi.encode(typeHash, owner, SPENDER, 42, nonce, deadline));
        return keccak256(abi.encodePacked("\x19\x01", domain(), message));
    }

    function mint(address to, uint256 amount) private {
        vm.prank(MINTER);
        token.mint(to, amount);
    }

    function burn(uint256 amount) private {
        vm.prank(MINTER);
        token.burn(amount);
    }

    function transfer(address to, uint256 amount) private {
        vm.prank(holder);
        token.transfer(to, amount);
    }

    function ban(address account) private {
        vm.prank(BLACKLISTER);
        token.blacklist(account);
    }

    function unban(address account) private {
        vm.prank(BLACKLISTER);
        token.unBlacklist(account);
    }
}
