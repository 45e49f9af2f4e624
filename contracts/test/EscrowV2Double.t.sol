// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {EscrowProxyDouble} from "../src/test/EscrowProxyDouble.sol";
import {EscrowV2Double} from "../src/test/EscrowV2Double.sol";
import {LiveTest} from "./support/LiveTest.sol";
import {Vm, vm} from "./support/Vm.sol";

/// @notice The quirks of version 2, as the adapter and the indexer meet them.
contract EscrowV2DoubleTest is LiveTest {
    address private constant PROXY_ADMIN = address(0xAD);
    EscrowV2Double private escrow;

    function setUp() public override {
        super.setUp();
        bytes memory initialize = abi.encodeCall(EscrowV2Double.initialize, (BRIDGE, PLATFORM));
        escrow = EscrowV2Double(
            payable(address(new EscrowProxyDouble(address(new EscrowV2Double()), PROXY_ADMIN, initialize)))
        );
        approve(address(escrow));
    }

    function test_selectors_areThoseOfTheLiveContract() public pure {
        vm.assertEq(EscrowV2Double.createEscrow.selector, bytes4(0x488ec89e), "createEscrow");
        vm.assertEq(EscrowV2Double.fundEscrow.selector, bytes4(0xc9c31af5), "fundEscrow");
        vm.assertEq(EscrowV2Double.release.selector, bytes4(0x37bdc99b), "release");
        vm.assertEq(EscrowV2Double.dispute.selector, bytes4(0x66c85dee), "dispute");
        vm.assertEq(EscrowV2Double.resolveDispute.selector, bytes4(0x34b25ee2), "resolveDispute");
        vm.assertEq(EscrowV2Double.cancel.selector, bytes4(0x40e58ee5), "cancel");
    }

    function test_events_areThoseOfTheLiveContract() public {
        vm.recordLogs();
        uint256 id = funded();
        disputed(id);
        resolve(id, true);
        release(id);
        resolve(disputed(funded()), false);
        Vm.Log[] memory logs = logsOf(address(escrow));
        bytes32[10] memory topics =
            [CREATED, FUNDED, DISPUTED, RESOLVED, RELEASED, CREATED, FUNDED, DISPUTED, CANCELLED, RESOLVED];
        vm.assertEq(logs.length, topics.length, "logs");
        for (uint256 i = 0; i < topics.length; i++) {
            assertTopic(logs[i], topics[i]);
        }
        vm.assertEq(logs[0].topics[1], bytes32(id), "id");
        (uint256 amount,, string memory clabe) = abi.decode(logs[0].data, (uint256, string, string));
        vm.assertEq(amount, AMOUNT, "amount");
        vm.assertEq(clabe, REF, "clabe");
    }

    function test_ids_beginAtOne_andOnePaymentMayHaveTwo() public {
        vm.assertEq(create(), 1, "first");
        vm.assertEq(create(), 2, "second");
    }

    function test_create_movesNothing() public {
        create();
        assertBalance(BRIDGE, RICH, "bridge");
    }

    function test_create_needsADeadlineInTheFuture() public {
        vm.prank(BRIDGE);
        vm.expectRevert("deadline not in the future");
        escrow.createEscrow(BRIDGE, BRIDGE, address(token), AMOUNT, START, "custody", REF, REF);
    }

    function test_fund_pullsFromThePayer_onceAndAlsoAfterTheDeadline() public {
        token.mint(SELLER, AMOUNT);
        vm.prank(SELLER);
        token.approve(address(escrow), AMOUNT);
        vm.prank(BRIDGE);
        uint256 id = escrow.createEscrow(SELLER, BRIDGE, address(token), AMOUNT, DEADLINE, "custody", REF, REF);
        vm.warp(DEADLINE + 1);
        fund(id);
        assertBalance(SELLER, 0, "payer");
        assertBalance(BRIDGE, RICH, "bridge");
        vm.prank(BRIDGE);
        vm.expectRevert("wrong status");
        escrow.fundEscrow(id);
    }

    function test_release_paysTheBridge_whoeverThePayeeIs_andAsksNoDeadline() public {
        vm.prank(BRIDGE);
        uint256 id = escrow.createEscrow(BRIDGE, SELLER, address(token), AMOUNT, DEADLINE, "custody", REF, REF);
        fund(id);
        release(id);
        assertBalance(BRIDGE, RICH, "bridge");
        assertBalance(SELLER, 0, "payee");
    }

    function test_dispute_onlyBeforeTheDeadline() public {
        uint256 id = funded();
        vm.warp(DEADLINE);
        vm.prank(BRIDGE);
        vm.expectRevert("deadline passed");
        escrow.dispute(id, "late");
    }

    function test_resolve_forTheSeller_isFundedAgain_otherwiseThePlatformHasIt() public {
        uint256 id = disputed(funded());
        resolve(id, true);
        release(id);
        resolve(disputed(funded()), false);
        assertBalance(PLATFORM, AMOUNT, "platform");
        assertBalance(BRIDGE, RICH - AMOUNT, "bridge");
    }

    function test_cancel_onlyWhatWasNeverFunded() public {
        uint256 id = create();
        vm.prank(BRIDGE);
        escrow.cancel(id);
        id = funded();
        vm.prank(BRIDGE);
        vm.expectRevert("wrong status");
        escrow.cancel(id);
    }

    function test_wallets_changeWithoutAnEvent() public {
        vm.recordLogs();
        escrow.setBridgeWallet(STRANGER);
        escrow.setPlatformWallet(STRANGER);
        vm.assertEq(logsOf(address(escrow)).length, 0, "logs");
        vm.assertEq(escrow.bridgeWallet(), STRANGER, "bridge");
    }

    function test_onlyTheBridge() public {
        vm.prank(STRANGER);
        vm.expectRevert("only the bridge wallet");
        escrow.createEscrow(BRIDGE, BRIDGE, address(token), AMOUNT, DEADLINE, "custody", REF, REF);
    }

    function test_proxy_itsAdminReplacesTheCode() public {
        address next = address(new EscrowV2Double());
        vm.recordLogs();
        vm.prank(PROXY_ADMIN);
        (bool done,) = address(escrow).call(abi.encodeWithSignature("upgradeTo(address)", next));
        vm.assertTrue(done, "upgraded");
        assertTopic(logsOf(address(escrow))[0], keccak256("Upgraded(address)"));
        vm.assertEq(escrow.bridgeWallet(), BRIDGE, "storage stays");
    }

    function create() private returns (uint256) {
        vm.prank(BRIDGE);
        return escrow.createEscrow(BRIDGE, BRIDGE, address(token), AMOUNT, DEADLINE, "custody", REF, REF);
    }

    function fund(uint256 id) private {
        vm.prank(BRIDGE);
        escrow.fundEscrow(id);
    }

    function funded() private returns (uint256 id) {
        id = create();
        fund(id);
    }

    function release(uint256 id) private {
        vm.prank(BRIDGE);
        escrow.release(id);
    }

    function disputed(uint256 id) private returns (uint256) {
        vm.prank(BRIDGE);
        escrow.dispute(id, "goods_not_received");
        return id;
    }

    function resolve(uint256 id, bool inFavorOfSeller) private {
        vm.prank(BRIDGE);
        escrow.resolveDispute(id, inFavorOfSeller);
    }
}
